// Writes docs/options.md out of the descriptions that the checks are made of: npm run docs:options. A test says when it is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EXCHANGES, type Exchange } from '../src/bars/exchanges';
import { BOLLINGER } from '../src/features/bollinger';
import { DEFINE_FEATURE } from '../src/features/define-feature';
import { MACD } from '../src/features/macd';
import { MOMENTUM } from '../src/features/momentum';
import { MOVING_AVERAGES } from '../src/features/moving-averages';
import { RANGE_AND_TREND } from '../src/features/range-and-trend';
import { REGIME } from '../src/features/regime';
import { RISK } from '../src/features/risk';
import { RSI } from '../src/features/rsi';
import { STATISTICS } from '../src/features/statistics';
import { TIMEFRAMES } from '../src/features/timeframes';
import { VOLATILITY } from '../src/features/volatility';
import { VOLUME } from '../src/features/volume';
import { FORMULA } from '../src/formulas/formula';
import { BAR_WRITE, DELETE_BARS, EXPORT_PARQUET, KEPT_RANGE } from '../src/options/bar-store-table';
import { COLLECT } from '../src/options/collect-table';
import { CSV, DESCRIBE_CSV } from '../src/options/csv-table';
import { PREPARE_DATASET } from '../src/options/dataset-table';
import { isObjectCheck, type OptionDescription } from '../src/options/description';
import { EXPLAIN, PERMUTATION } from '../src/options/explain-table';
import { FEATURE_UPDATE } from '../src/options/feature-table';
import { MARKET, WHOLE_MARKET } from '../src/options/market-table';
import { FROM_ML, ML_CART, ML_GRADIENT_BOOSTING, ML_RANDOM_FOREST, TO_ML } from '../src/options/ml-js-tables';
import {
  BOOSTING,
  CLASSIFICATION_FOREST,
  FOREST,
  RIDGE,
  STANDARD_BOOSTING,
  STANDARD_CLASSIFICATION_FOREST,
  STANDARD_FOREST,
  TRAINER,
  TRAINING_HOOKS,
} from '../src/options/model-tables';
import { TO_ONNX } from '../src/options/onnx-table';
import { JSON_FILE, PARQUET_FILE, ROWS, SAMPLE } from '../src/options/source-tables';
import { MONGO } from '../src/options/store-tables';
import {
  DESCRIBE_SYMBOL,
  OPEN_SYMBOL,
  PER_SYMBOL,
  PREDICT_SYMBOL,
  RETRAIN,
  SESSION_COMMIT,
  SESSION_EXPLAIN,
  TRAIN_SYMBOL,
  TRAIN_SYMBOLS,
} from '../src/options/symbol-tables';
import {
  DEFINE_TARGET,
  DIRECTION,
  HORIZON_RETURN,
  NEXT_RETURN,
  PURGED_SPLIT,
  TRIPLE_BARRIER,
  VOLATILITY_SCALED,
} from '../src/options/target-tables';
import { DEFINE_WEIGHTS, TIME_DECAY } from '../src/options/weight-tables';

type Table = Readonly<Record<string, OptionDescription>>;

/** Where the page is. */
export const PAGE = fileURLToPath(new URL('../docs/options.md', import.meta.url));

interface Section {
  readonly title: string;
  readonly about: string;
  readonly table: Table;
  /** Options of these are the same, and not repeated. */
  readonly beside?: Table;
}

/** What of a session's options is not said anew. */
const { symbol: _, source: __, features: ___, explain: ____, ...OPEN_SYMBOL_AS_TRAIN } = OPEN_SYMBOL;

/** All tables of the page, in order. */
export const TABLES: readonly Section[] = [
  { title: 'trainSymbol', about: 'The parameters of the models have tables of their own, below.', table: TRAIN_SYMBOL },
  {
    title: 'trainSymbols',
    about: 'All options of `trainSymbol`, for all symbols, but for `symbol`; `perSymbol` returns those that differ. And:',
    table: TRAIN_SYMBOLS,
    beside: { ...TRAIN_SYMBOL, ...PER_SYMBOL },
  },
  { title: 'predictSymbol', about: '', table: PREDICT_SYMBOL },
  {
    title: 'openSymbol',
    about: 'Options of `trainSymbol` that its commits pass on, but for `to`, `rebuild` and those of `session.commit`. And:',
    table: OPEN_SYMBOL,
    beside: OPEN_SYMBOL_AS_TRAIN,
  },
  { title: 'session.commit', about: '', table: SESSION_COMMIT },
  { title: 'session.explain', about: 'Its second argument.', table: SESSION_EXPLAIN },
  { title: 'describeSymbol', about: '', table: DESCRIBE_SYMBOL },
  { title: 'prepareDataset', about: 'Either `source` or `bars`.', table: PREPARE_DATASET },
  {
    title: 'models.regression_rf',
    about: "Of the standard models; defaults depend on the bars' length ([models](models.md)).",
    table: STANDARD_FOREST,
  },
  { title: 'models.classification_rf', about: '', table: STANDARD_CLASSIFICATION_FOREST },
  { title: 'models.regression_gb', about: '', table: STANDARD_BOOSTING },
  { title: 'randomForestRegressor', about: 'And `extraTreesRegressor`, whose `bootstrap` is false.', table: FOREST },
  { title: 'randomForestClassifier', about: 'And `extraTreesClassifier`, whose `bootstrap` is false.', table: CLASSIFICATION_FOREST },
  { title: 'gradientBoostingRegressor', about: 'And `gradientBoostingClassifier`.', table: BOOSTING },
  { title: 'ridge', about: '', table: RIDGE },
  { title: 'mlRandomForest', about: 'What these are, is in [ml-js.md](ml-js.md).', table: ML_RANDOM_FOREST },
  { title: 'mlCart', about: '', table: ML_CART },
  { title: 'mlGradientBoosting', about: '', table: ML_GRADIENT_BOOSTING },
  { title: 'fromMlRandomForest', about: 'Its second argument.', table: FROM_ML },
  { title: 'toMlRandomForest', about: 'Its second argument.', table: TO_ML },
  { title: 'toOnnx', about: 'Its second argument. What it makes, is in [onnx.md](onnx.md).', table: TO_ONNX },
  { title: 'resolveMarket', about: 'What describes a market, here and in `trainSymbol`.', table: MARKET },
  { title: 'csvBars', about: '', table: CSV },
  { title: 'describeCsv', about: 'All options of `csvBars`, and:', table: DESCRIBE_CSV, beside: CSV },
  { title: 'arrayBars', about: '', table: ROWS },
  { title: 'jsonBars', about: 'All options of `arrayBars`, and:', table: JSON_FILE, beside: ROWS },
  { title: 'parquetBars', about: 'All options of `arrayBars`, and:', table: PARQUET_FILE, beside: ROWS },
  { title: 'sampleBars', about: '', table: SAMPLE },
  { title: 'collectBars', about: '', table: COLLECT },
  { title: 'mongoProfileStore', about: 'Or an open `Db` of the driver, instead of options.', table: MONGO },
  { title: 'mongoBarStore', about: 'As `mongoProfileStore`.', table: MONGO },
  { title: 'BarStore.write', about: '', table: BAR_WRITE },
  { title: 'BarStore.read', about: 'Its second argument.', table: KEPT_RANGE },
  { title: 'BarStore.deleteSymbol', about: 'Its second argument.', table: DELETE_BARS },
  { title: 'exportParquet', about: '', table: EXPORT_PARQUET },
  {
    title: 'FeatureEngineer',
    about: 'Its first argument is a `Market`, which `resolveMarket` makes; the second is a list of features.',
    table: WHOLE_MARKET,
  },
  { title: 'FeatureEngineer.update', about: '', table: FEATURE_UPDATE },
  { title: 'movingAverages', about: 'What the families of features are, is in [features.md](features.md).', table: MOVING_AVERAGES },
  { title: 'bollinger', about: '', table: BOLLINGER },
  { title: 'rsi', about: '', table: RSI },
  { title: 'macd', about: '', table: MACD },
  { title: 'rangeAndTrend', about: '', table: RANGE_AND_TREND },
  { title: 'volume', about: '', table: VOLUME },
  { title: 'momentum', about: '', table: MOMENTUM },
  { title: 'statistics', about: '', table: STATISTICS },
  { title: 'risk', about: '', table: RISK },
  { title: 'volatility', about: '', table: VOLATILITY },
  { title: 'timeframes', about: '', table: TIMEFRAMES },
  { title: 'regime', about: '', table: REGIME },
  { title: 'defineFeature', about: '', table: DEFINE_FEATURE },
  { title: 'formula', about: 'Its third argument; formulas are described in [formulas.md](formulas.md).', table: FORMULA },
  { title: 'nextReturn', about: '', table: NEXT_RETURN },
  { title: 'horizonReturn', about: 'Either `bars` or `minutes`.', table: HORIZON_RETURN },
  { title: 'direction', about: '', table: DIRECTION },
  { title: 'volatilityScaled', about: '', table: VOLATILITY_SCALED },
  { title: 'tripleBarrier', about: '', table: TRIPLE_BARRIER },
  { title: 'defineTarget', about: 'Either `label` or `labelAt`.', table: DEFINE_TARGET },
  { title: 'timeDecay', about: 'Either `halfLife.bars` or `halfLife.days`.', table: TIME_DECAY },
  { title: 'defineWeights', about: '', table: DEFINE_WEIGHTS },
  { title: 'purgedSplit', about: 'Its second argument.', table: PURGED_SPLIT },
  { title: 'MLModelTrainer', about: '', table: TRAINER },
  { title: 'MLModelTrainer.train', about: 'Its second argument.', table: TRAINING_HOOKS },
  { title: 'explain', about: 'Its third argument; see [explain.md](explain.md).', table: EXPLAIN },
  { title: 'permutationImportance', about: 'Its fourth argument.', table: PERMUTATION },
  { title: 'shouldRetrainModels', about: '', table: RETRAIN },
];

const INTRODUCTION = `# Options

Every options object is checked before anything is read or written. An unknown name, a value of another type or out of its range is a \`TickerforestError\`
with the code \`INVALID_OPTION\` that names the option and the value. An option that is \`undefined\` is not given. Options are copied: changing them later changes
nothing.

Symbols are texts of 1 to 64 bytes in UTF-8 (as many characters, if they are ASCII), without blanks around them and without control or invisible characters, in
every function and store.

This page is made from the descriptions that the checks use: \`npm run docs:options\`.
`;

/** @returns the page as it should be */
export function optionsPage(): string {
  const sections = TABLES.map(({ title, about, table, beside }) => {
    const own = Object.entries(table).filter(([name, { takes }]) => beside === undefined || beside[name]?.takes !== takes);
    return [`## ${title}`, ...(about === '' ? [] : ['', about]), '', ...tableOf(own)].join('\n');
  });
  return `${[INTRODUCTION.trimEnd(), ...sections, exchanges()].join('\n\n')}\n`;
}

function tableOf(options: readonly (readonly [string, OptionDescription])[]): readonly string[] {
  return [
    '| option | takes | default | what it is for |',
    '|---|---|---|---|',
    ...options.flatMap(([name, option]) => rowsOf(name, option)),
  ];
}

/** A row, and one for each option within it; models have tables of their own. */
function rowsOf(name: string, { takes, default: byDefault, sentence }: OptionDescription): readonly string[] {
  const isModels = name === 'models' || name.startsWith('models.');
  const inner = isObjectCheck(takes) && !isModels ? Object.entries(takes.options) : [];
  const row = [`\`${name}\``, takes.wanted, defaultOf(takes.wanted, byDefault), sentence].map(cell).join(' | ');
  return [`| ${row} |`, ...inner.flatMap(([key, option]) => rowsOf(`${name}.${key}`, option))];
}

function defaultOf(wanted: string, value: OptionDescription['default']): string {
  if (value === undefined) return '**required**';
  if (typeof value === 'string') return wanted.includes(`'${value}'`) ? `'${value}'` : value;
  return typeof value === 'number' ? value.toLocaleString('en-US') : String(value);
}

function cell(text: string): string {
  return text
    .replace(/\{@link ([^}]+)\}/g, '`$1`')
    .replace(/\|/g, '\\|')
    .replace(/</g, '&lt;');
}

function exchanges(): string {
  const byExchange = new Map<Exchange, string[]>();
  for (const [name, exchange] of EXCHANGES) byExchange.set(exchange, [...(byExchange.get(exchange) ?? []), name]);
  const time = (minutes: number) => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const rows = [...byExchange].map(([{ timeZone, session }, named]) => {
    const names = named.map((name) => `\`${name}\``).join(' ');
    const half = session.earlyCloses === 'none' ? '' : ', half days until 13:00';
    return `| ${names} | ${timeZone} | ${time(session.open)} to ${time(session.close)}${half} |`;
  });
  return [
    '## Exchanges',
    '',
    'Names that `exchange` knows, in any case: market identifier codes (ISO 10383) and what vendors write. Hours are those of continuous trading, as in',
    '[exchange_calendars](https://github.com/gerrymanoim/exchange_calendars) 4.13; a break at noon counts as open. For any other exchange give its `timeZone` and',
    '`session`.',
    '',
    '| names | time zone | regular hours |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = optionsPage();
  if (readFileSync(PAGE, { encoding: 'utf8', flag: 'a+' }) !== page) writeFileSync(PAGE, page);
}
