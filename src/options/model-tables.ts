import type { MLModelTrainerOptions } from '../models/ml-model-trainer';
import type { BoostingParameters, ForestParameters, ModelOptions } from '../models/model-options';
import type { WalkForwardOptions } from '../models/walk-forward';
import { check, flag, number, whole } from './checks';
import { type Descriptions, object } from './description';
import { MAX_DEPTH, MIN_LEAF, MIN_SPLIT, TREES } from './limits';

/** Parameters that forests and boosting share. */
const TREES_AND_NODES = {
  trees: { takes: whole(TREES), default: 50, sentence: 'Number of trees.' },
  minSamplesSplit: { takes: whole(MIN_SPLIT), default: 2, sentence: 'Fewest rows of a node that is split.' },
  minSamplesLeaf: { takes: whole(MIN_LEAF), default: 1, sentence: 'Fewest rows of a leaf.' },
} as const;

const maxFeatures = check(
  "'all', 'sqrt' or a whole number from 1 to 1,000",
  (value): value is ForestParameters['maxFeatures'] =>
    value === 'all' || value === 'sqrt' || (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1000),
);

/** `models.regression_rf`. */
export const FOREST = {
  ...TREES_AND_NODES,
  maxDepth: { takes: whole(MAX_DEPTH), default: 10, sentence: 'Largest depth of a tree.' },
  maxFeatures: {
    takes: maxFeatures,
    default: 'all',
    sentence: 'Features drawn at every split: all of them, the square root of their number, or a count (all, if there are fewer).',
  },
  bootstrap: { takes: flag, default: true, sentence: 'Whether each tree sees rows drawn with replacement.' },
} as const satisfies Descriptions<ForestParameters>;

/** `models.classification_rf`. */
export const CLASSIFICATION_FOREST = {
  ...FOREST,
  maxFeatures: { ...FOREST.maxFeatures, default: 'sqrt' },
} as const satisfies Descriptions<ForestParameters>;

/** `models.regression_gb`. */
export const BOOSTING = {
  ...TREES_AND_NODES,
  maxDepth: { takes: whole(MAX_DEPTH), default: 3, sentence: 'Largest depth of a tree.' },
  learningRate: { takes: number({ above: 0, to: 1 }), default: 0.1, sentence: "Factor on every tree's contribution." },
} as const satisfies Descriptions<BoostingParameters>;

/** Changes to the three models' parameters. */
export const MODELS = {
  regression_rf: { takes: object(FOREST), default: 'see its table', sentence: "Random forest for the next bar's return." },
  classification_rf: {
    takes: object(CLASSIFICATION_FOREST),
    default: 'see its table',
    sentence: "Random forest for the next bar's direction.",
  },
  regression_gb: { takes: object(BOOSTING), default: 'see its table', sentence: "Gradient boosting for the next bar's return." },
} satisfies Descriptions<ModelOptions>;

/** How rows are divided into training and test. */
export const WALK_FORWARD = {
  testFraction: { takes: number({ above: 0, below: 1 }), default: 0.2, sentence: 'Share of the rows at the end that is held out.' },
  embargo: {
    takes: whole({ from: 0, to: 1_000_000 }),
    default: 0,
    sentence: "Rows left out between training and test beyond the label's horizon.",
  },
} as const satisfies Descriptions<WalkForwardOptions>;

/** Options of {@link MLModelTrainer}. */
export const TRAINER = {
  models: { takes: object(MODELS), default: 'the defaults of each model', sentence: "Changes to the models' parameters." },
  seed: { takes: whole({ from: 0, to: 2 ** 32 - 1 }), default: 1, sentence: 'Seed of all randomness.' },
  ...WALK_FORWARD,
} as const satisfies Descriptions<MLModelTrainerOptions>;
