import { TickerforestError } from '../errors';
import { changesSince, ownFamilies } from '../features/checkpoint';
import type { FeatureFamily } from '../features/family';
import { FeatureEngineer } from '../features/feature-engineer';
import { COVERS_FILE } from '../models/cover-file';
import type { ModelSet } from '../models/model';
import { loadModels } from '../models/model-file';
import { modelVersion } from '../models/model-version';
import type { TrainedModel } from '../models/trained-model';
import type { Checkpoint, CompanyProfile, MlProfile, StatisticalProfile } from '../profiles/documents';
import type { ProfileStore } from '../stores/contract';
import { ANCHOR_FILES, ANCHOR_STATES, type Anchor, decodeAnchor } from '../updates/anchor';

/** Everything that a store has of a symbol, of one revision, ready to be used. */
export interface StoredSymbol {
  /** Revision of all that follows; 0 for an unknown symbol. */
  readonly revision: number;
  /** Company profile, if any. */
  readonly company: CompanyProfile | null;
  /** ML profile, if any. */
  readonly ml: MlProfile | null;
  /** Statistical profile, if any. */
  readonly statistical: StatisticalProfile | null;
  /** The feature engine where the last run left it; null if there is none that can be used. */
  readonly engineer: FeatureEngineer | null;
  /** The models; null if there are none that can be used with the engine. */
  readonly models: Readonly<Record<string, TrainedModel>> | null;
  /** Why there are none, though some are stored; null: there are, or nothing is stored. */
  readonly modelsProblem: TickerforestError | null;
  /** The feature engine's state as it is stored; null as the engine. */
  readonly state: Uint8Array | null;
  /** Where the fold can go on if the newest bars are told otherwise; null if nothing is known of that. */
  readonly anchor: Anchor | null;
  /**
   * Reads a file of the checkpoint that was not read before.
   *
   * @param name - its name
   * @returns the bytes; null if it is not there, or somebody has stored another revision since
   */
  readonly readFile: (name: string) => Promise<Uint8Array | null>;
  /** The file of the models' covers; null if it was not to be read, or there is none. */
  readonly covers: Uint8Array | null;
  /** Names of the files of the newest training. */
  readonly trainingFiles: readonly string[];
  /** State of the feature engine before the first row that the models were trained on; null if that is the beginning. */
  readonly windowState: Uint8Array | null;
  /** Why the state that is stored cannot be used, so that the history has to be folded again; null: it can, or there is none. */
  readonly problem: string | null;
  /** Features of a user's own that the stored state was made with, and that it cannot be used without. */
  readonly lacksFeatures: readonly string[];
}

/** How what is stored is read. */
interface ReadOptions {
  /** What the caller computes. The stored engine may be one of other features, if they are this library's: that is for the caller to compare. Default: those that are stored. */
  readonly features?: readonly FeatureFamily[] | undefined;
  /** Models of the caller's, which read the files of their kinds. Default: none. */
  readonly models?: ModelSet | undefined;
  /** Whether {@link StoredSymbol.covers} is read, too: as large as the models. */
  readonly withCovers?: boolean | undefined;
  /** Whether models must be those that the ML profile was written with, to the byte. It costs as much as an update of a few bars. */
  readonly isProven?: boolean;
}

/** Files that no update and no forecast reads. */
const NOT_READ = [...ANCHOR_STATES, COVERS_FILE];

/** Files that are not simply stored again, if a store has read them all the same. */
const IN_PASSING: ReadonlySet<string> = new Set([...ANCHOR_FILES, COVERS_FILE]);

/** How often a read is repeated when somebody commits in the middle of it. */
const ATTEMPTS = 5;

/**
 * @param store - where to look
 * @param symbol - the symbol
 * @param options - features and models of the caller's, and how much is checked
 * @returns what there is, all of the same revision
 * @throws TickerforestError `CONFLICT` if others keep committing faster than it can be read, or the store's own errors
 */
export async function readStoredSymbol(store: ProfileStore, symbol: string, options: ReadOptions = {}): Promise<StoredSymbol> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const [company, ml, statistical, checkpoint] = await Promise.all([
      store.getCompanyProfile(symbol),
      store.getMlProfile(symbol),
      store.getStatisticalProfile(symbol),
      store.getCheckpoint(symbol, { omit: options.withCovers ? ANCHOR_STATES : NOT_READ }),
    ]);
    const revisions = new Set([company, ml, statistical, checkpoint].filter((part) => part !== null).map((part) => part.revision));
    if (revisions.size > 1) continue;
    const [revision = 0] = revisions;
    const { engineer, problem, lacksFeatures } = checkpoint === null ? NO_STATE : storedEngineer(checkpoint.state, options.features);
    const { models, modelsProblem } =
      checkpoint === null || engineer === null || ml === null ? NO_MODELS : storedModels(() => modelsOf(checkpoint, ml, engineer, options));
    const windowState = (models && checkpoint?.models.window_start) ?? null;
    const state = checkpoint === null || engineer === null ? null : checkpoint.state;
    const anchor = checkpoint === null || engineer === null ? null : decodeAnchor(checkpoint.models, engineer.history.barHash);
    const trainingFiles = Object.keys(checkpoint?.models ?? {}).filter((name) => !IN_PASSING.has(name));
    // it was left out, so only the profile says that it is there; a profile may be another's
    const covers: unknown = ml?.models?.covers;
    if (checkpoint !== null && Array.isArray(covers) && covers.length > 0) trainingFiles.push(COVERS_FILE);
    const readFile = async (name: string) => {
      const whole = await store.getCheckpoint(symbol);
      return whole?.revision === revision ? (whole.models[name] ?? null) : null;
    };
    return {
      revision,
      company,
      ml,
      statistical,
      engineer,
      models,
      modelsProblem,
      state,
      anchor,
      readFile,
      covers: (options.withCovers && checkpoint?.models[COVERS_FILE]) || null,
      trainingFiles,
      windowState,
      problem,
      lacksFeatures,
    };
  }
  throw new TickerforestError('CONFLICT', `${symbol} changed ${ATTEMPTS} times while it was read; try again`);
}

type StoredEngine = Pick<StoredSymbol, 'engineer' | 'problem' | 'lacksFeatures'>;

const NO_STATE: StoredEngine = { engineer: null, problem: null, lacksFeatures: [] };

/** The stored engine, of the features given or of those that the state names, or why there is none. */
function storedEngineer(state: Uint8Array, features: readonly FeatureFamily[] | undefined): StoredEngine {
  const wanted = features === undefined ? null : usable(() => FeatureEngineer.restore(state, features));
  const engineer = wanted ?? usable(() => FeatureEngineer.restore(state));
  if (engineer !== null) return { ...NO_STATE, engineer };
  const lacksFeatures = usable(() => ownFamilies(state)) ?? [];
  const changes = features === undefined ? null : usable(() => changesSince(state, features));
  if (changes !== null) return { ...NO_STATE, problem: `the features are not those of before: ${changes}`, lacksFeatures };
  const problem =
    lacksFeatures.length > 0
      ? `the stored state was made with features of your own, ${lacksFeatures.join(', ')}: give the same list (option features)`
      : 'the stored state cannot be used: it is damaged, or another release made it';
  return { ...NO_STATE, problem, lacksFeatures };
}

/** The models that the profile names, held against the engine: a model asked with another row than it was trained on forecasts nonsense. */
function modelsOf(
  checkpoint: Checkpoint,
  ml: MlProfile,
  engineer: FeatureEngineer,
  { models: own = {}, isProven = false }: ReadOptions,
): Readonly<Record<string, TrainedModel>> {
  // a profile may be another's, of which nobody has checked this
  const names: unknown = ml.models?.models_trained;
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string'))
    throw new TickerforestError('MODEL_UNUSABLE', 'the profile names no models');
  const models = loadModels(checkpoint.models, names, own);
  if (isProven) {
    const version = modelVersion(Object.fromEntries(names.map((name) => [name, checkpoint.models[name]])));
    if (version !== ml.model_version)
      throw new TickerforestError('MODEL_UNUSABLE', `the models are version ${version}, the profile is of ${ml.model_version}`);
  }
  for (const { key, featureSet, featureNames } of Object.values(models)) {
    if (featureSet !== engineer.hash || featureNames.join() !== engineer.modelFeatures.join()) {
      throw new TickerforestError(
        'MODEL_UNUSABLE',
        `${key} was trained on feature set ${featureSet}, the stored state is of ${engineer.hash}`,
      );
    }
  }
  return models;
}

type StoredModels = Pick<StoredSymbol, 'models' | 'modelsProblem'>;

const NO_MODELS: StoredModels = { models: null, modelsProblem: null };

function storedModels(read: () => NonNullable<StoredModels['models']>): StoredModels {
  try {
    return { models: read(), modelsProblem: null };
  } catch (error) {
    if (error instanceof TickerforestError && isUnusable(error)) return { models: null, modelsProblem: error };
    throw error;
  }
}

function isUnusable({ code }: TickerforestError): boolean {
  return code === 'CHECKPOINT_UNUSABLE' || code === 'MODEL_UNUSABLE';
}

/**
 * @param read - reads what is stored
 * @returns what it is; null for what is damaged or of another version: it will be made again from the bars
 * @throws whatever else goes wrong
 */
export function usable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof TickerforestError && isUnusable(error)) return null;
    throw error;
  }
}
