import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { ENTRIES, examplesOf, publicFunctions } from './doc-examples';
import { blocksOf, programFile, ROOT } from './docs-code';

/** What a strict compiler says of programs, none of which is on the disk. */
function complaints(programs: ReadonlyMap<string, string>): string[] {
  const path = join(ROOT, 'tsconfig.json');
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { readFile: fromDisk, fileExists, getSourceFile } = host;
  host.readFile = (name) => programs.get(name) ?? fromDisk(name);
  host.fileExists = (name) => programs.has(name) || fileExists(name);
  host.getSourceFile = (name, version) => {
    const code = programs.get(name);
    return code === undefined ? getSourceFile(name, version) : ts.createSourceFile(name, code, version);
  };
  // a snippet need not use all that it shows
  const program = ts.createProgram([...programs.keys()], { ...options, noUnusedLocals: false, noUnusedParameters: false }, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}

it('the code in the docs compiles as a user in strict mode would compile it', async () => {
  const programs = new Map<string, string>();
  for (const page of [
    'docs/experiments.md',
    'docs/formulas.md',
    'docs/live.md',
    'docs/ml-js.md',
    'docs/onnx.md',
    'docs/stores.md',
    'docs/targets.md',
    'docs/technicalindicators.md',
    'docs/updates.md',
    'docs/warnings.md',
  ]) {
    programs.set(programFile(page), (await blocksOf(page)).join('\n'));
  }
  // of a notebook the cells go on from each other, behind a program of its own
  const [program, ...cells] = await blocksOf('docs/notebooks.md');
  for (const [i, code] of [program, cells.join('')].entries()) programs.set(programFile(`docs/notebooks.md-${i}`), code);
  for (const page of ['README.md', 'docs/explain.md', 'docs/features.md']) {
    for (const [i, block] of (await blocksOf(page)).entries()) programs.set(programFile(`${page}-${i}`), block);
  }
  expect(complaints(programs)).toEqual([]);
});

it('an indicator, a target, a model and a source are one file and a line in a list, as CONTRIBUTING.md has them', async () => {
  const blocks = await blocksOf('CONTRIBUTING.md');
  const programs = new Map<string, string>();
  for (const block of blocks) programs.set(join(ROOT, /^\/\/ (src\/[\w/-]+\.ts)/.exec(block)?.[1] ?? 'no path'), block);
  expect([...programs.keys()].map((path) => path.slice(ROOT.length))).toEqual([
    expect.stringContaining('features'),
    expect.stringContaining('targets'),
    expect.stringContaining('models'),
    expect.stringContaining('bars'),
  ]);
  const lines: readonly (readonly [string, string, string])[] = [
    ['src/features/standard-features.ts', '...STANDARD]', "...STANDARD, ['close_location', closeLocation]]"],
    ['src/targets/define-target.ts', "'triple_barrier']", "'triple_barrier', 'next_range']"],
    ['src/models/model-file.ts', "['Ridge', loadRidge]]", "['Ridge', loadRidge], ['MeanRegressor', loadMean]]"],
  ];
  const imports = ["import { closeLocation } from './close-location';\n", '', "import { loadMean } from './mean-regressor';\n"];
  for (const [i, [path, before, after]] of lines.entries()) {
    const code = readFileSync(join(ROOT, path), 'utf8');
    expect(code).toContain(before);
    programs.set(join(ROOT, path), imports[i] + code.replace(before, after));
  }
  expect(complaints(programs)).toEqual([]);
});

/** What examples take as given, by name. */
const GIVEN: Readonly<Record<string, string>> = {
  store: "import('tickerforest').ProfileStore",
  bars: "import('tickerforest').Bars",
  market: "import('tickerforest').Market",
  dataset: "import('tickerforest').Dataset",
  engineer: "import('tickerforest').FeatureEngineer",
  file: 'Uint8Array',
  symbol: 'string',
  readFile: "typeof import('node:fs/promises').readFile",
  writeFile: "typeof import('node:fs/promises').writeFile",
  source: "import('tickerforest').BarSource",
  models: "Record<string, import('tickerforest').TrainedModel>",
  stream: "{ on(event: 'bar' | 'close', listener: (bar: import('tickerforest').BarRow, isComplete: boolean) => unknown): void }",
  exchange:
    '{ fetchOHLCV(symbol: string, timeframe: string, since?: number, limit?: number): Promise<[number, number, number, number, number, number][]> }',
  db: "import('mongodb').Db",
};

it('the examples of doc comments compile, with what they call imported from where it is', () => {
  const functions = publicFunctions();
  const programs = new Map<string, string>();
  for (const { name, comment } of functions) {
    for (const [i, code] of examplesOf(comment).entries()) {
      const words = new Set(code.match(/\b[A-Za-z]\w*\b/g));
      const declared = new Set(
        [...code.matchAll(/\b(?:const|let|import) (?:type )?(\{[^}]*\}|\w+)/g)].flatMap(([, found]) => found.match(/\w+/g) ?? []),
      );
      const isFree = (word: string) => words.has(word) && !declared.has(word);
      const imports = Object.entries(ENTRIES).map(([entry, from]) => {
        const called = functions.filter((own) => own.entry === entry && isFree(own.name) && entry !== 'predict.ts').map((own) => own.name);
        return called.length > 0 ? `import { ${called.join(', ')} } from '${from}';` : '';
      });
      const given = Object.entries(GIVEN).map(([word, type]) => (isFree(word) ? `declare const ${word}: ${type};` : ''));
      programs.set(programFile(`example-${name}-${i}`), [...imports, ...given, code, 'export {};'].join('\n'));
    }
  }
  expect(programs.size).toBeGreaterThan(40);
  expect(complaints(programs)).toEqual([]);
});
