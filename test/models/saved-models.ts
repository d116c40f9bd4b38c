import { saveModel } from '../../src/models/model-file';
import type { TrainedModel } from '../../src/models/trained-model';

/** The files of models, by name. */
export function saveModels(models: Readonly<Record<string, TrainedModel>>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(models).map(([key, model]) => [key, saveModel(model)]));
}
