import type { Market } from '../bars/market';
import { type BarBlock, BLOCK_BARS, type BlockFold, type FeatureFamily, type FeatureGroup, type FeatureSpec } from '../features/family';
import type { FoldState } from '../features/fold-state';
import { clamp } from '../features/moments';
import { counted, invalidOption } from '../options/checks';
import { settledFamily } from '../options/feature-list';
import { quoted } from '../text';
import { type BuiltInFeatures, featuresAnywhere, featuresOf } from './built-in-features';
import type { Column, FamilyColumns, PlanNode } from './plan';
import { Planner, vocabularyOf } from './planner';
import { syntaxOf } from './syntax';
import type { FormulaText } from './tokens';
import { isFree, unitText } from './units';

/** Steps of all windows together that a bar may take: what a formula remembers is no more. */
const MOST_STEPS = 100_000;

/** What a formula gives on bars where it has no value: a number, or an error. */
export type Otherwise = number | 'error';

/** One feature of a family of formulas. */
export interface FormulaFeature extends FormulaText {
  /** Where the statistical profile shows it. */
  readonly group: FeatureGroup;
  /** What one is one of; absent: what is derived. */
  readonly unit?: string | undefined;
  /** Whether models see it; absent: what is derived. */
  readonly model?: boolean | undefined;
}

/** Formulas that make a family. */
export interface FormulaFamily extends Pick<FeatureFamily, 'name' | 'title' | 'version' | 'parameters'> {
  /** Its features. */
  readonly formulas: readonly FormulaFeature[];
  /** What they give where they have no value. */
  readonly otherwise: Otherwise;
}

/** Formulas planned for a market. */
interface Plan {
  readonly nodes: readonly PlanNode[];
  readonly outputs: readonly PlanNode[];
  readonly specs: readonly FeatureSpec[];
}

/**
 * @param family - what it is made of; its parameters frozen all through
 * @returns the family, whose formulas have been read
 * @throws TickerforestError `INVALID_OPTION` naming formula, character and what was expected
 */
export function formulaFamily({ name, title, version, parameters, formulas, otherwise }: FormulaFamily): FeatureFamily {
  const vocabulary = vocabularyOf(featuresAnywhere());
  const trees = formulas.map((formula) => syntaxOf(formula, vocabulary));
  const planFor = (features: BuiltInFeatures): Plan => {
    const planner = new Planner(features);
    const outputs = formulas.map((formula, i) => planner.plan(formula, trees[i]));
    return { nodes: planner.nodes, outputs, specs: formulas.map((formula, i) => specOf(formula, outputs[i], otherwise)) };
  };
  checkBounds(name, planFor(featuresAnywhere()));
  return settledFamily({
    name,
    title,
    version,
    parameters,
    features: (market) => planFor(featuresOf(market)).specs,
    fold: (market, state) => foldOf(planFor(featuresOf(market)), otherwise, market, state),
  });
}

function checkBounds(name: string, { nodes, outputs }: Plan): void {
  const steps = nodes.reduce((total, { reach }) => total + reach, 0);
  if (steps > MOST_STEPS) {
    const advice = 'use shorter windows, or several formulas';
    throw invalidOption(
      `formula ${quoted(name)}: its windows are ${counted(steps)} bars long together; at most ${counted(MOST_STEPS)}: ${advice}`,
    );
  }
  const constant = outputs.find((output) => !dependsOnBars(output));
  if (constant !== undefined)
    throw invalidOption(`formula ${quoted(name)}: it names no column and no feature, and is the same on every bar`);
}

function dependsOnBars(node: PlanNode): boolean {
  return node.inputs.length === 0 ? node.facts.literal === undefined : node.inputs.some(dependsOnBars);
}

function specOf({ name, group, unit, model }: FormulaFeature, { facts }: PlanNode, otherwise: Otherwise): FeatureSpec {
  const [least, most] = facts.range;
  const low = otherwise === 'error' ? least : Math.min(least, otherwise);
  const high = otherwise === 'error' ? most : Math.max(most, otherwise);
  return {
    name,
    group,
    unit: unit ?? unitText(facts.unit),
    // a range has a width
    range: low < high ? [low, high] : [low - 1, high + 1],
    warmup: facts.warmup,
    model: model ?? isFree(facts.unit),
    ...(facts.gaps && { gaps: true }),
  };
}

function foldOf({ nodes, outputs }: Plan, otherwise: Otherwise, market: Market, state: FoldState): BlockFold {
  const past = new Map<PlanNode, number>();
  for (const { inputs, reach } of nodes) for (const input of inputs) past.set(input, Math.max(past.get(input) ?? 0, reach));
  const columns = new Map<PlanNode, Column>();
  const families = new Map<FeatureFamily, FamilyColumns>();
  const columnsOf = (family: FeatureFamily): FamilyColumns => {
    const known = families.get(family);
    if (known !== undefined) return known;
    const made = familyColumns(family, market, state);
    families.set(family, made);
    return made;
  };
  const steps = nodes.map((node) => {
    const { values, lookback } = state.history(past.get(node) ?? 0);
    const out: Column = { values, at: lookback, block: values.subarray(lookback) };
    columns.set(node, out);
    return {
      out: out.block,
      step: node.make({ inputs: node.inputs.map((input) => columnOf(columns, input)), out, state, market, columnsOf }),
    };
  });
  const results = outputs.map((output) => ({
    facts: output.facts,
    values: columnOf(columns, output).block,
    // 1 once there was a first value, where bars do not tell when it comes
    started: output.facts.gaps ? state.slots(1) : undefined,
  }));
  return (block, out) => {
    const { length } = block;
    for (const { out: values, step } of steps) {
      step(block);
      for (let i = 0; i < length; i++) if (values[i] - values[i] !== 0) values[i] = Number.NaN;
    }
    results.forEach(({ facts: { range }, values, started }, j) => {
      const column = out[j];
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (!Number.isNaN(value)) {
          if (started !== undefined) started[0] = 1;
          // rounding can leave what is possible by a unit in the last place
          column[i] = clamp(value, range[0], range[1]);
        } else {
          column[i] = otherwise === 'error' || started?.[0] === 0 ? value : otherwise;
        }
      }
    });
  };
}

function columnOf(columns: ReadonlyMap<PlanNode, Column>, node: PlanNode): Column {
  const column = columns.get(node);
  if (column === undefined) throw invalidOption('a formula is computed in no order');
  return column;
}

/** A built-in family within a formula, with columns of its own. */
function familyColumns(family: FeatureFamily, market: Market, state: FoldState): FamilyColumns {
  const columns = family.features(market).map(() => new Float64Array(BLOCK_BARS));
  const fold = family.fold(market, state);
  let last: BarBlock | undefined;
  return {
    columns,
    fold: (block) => {
      if (block === last) return;
      fold(block, columns);
      last = block;
    },
  };
}
