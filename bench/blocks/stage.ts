import type { Progress } from '../../src/symbol/progress';

/** What a run is doing, in the order of a first training. */
export const STAGES = [
  'read what is stored',
  'fetch',
  'judgement',
  'features',
  'preparing (bins)',
  'regression forest',
  'classification forest',
  'gradient boosting',
  'forecasts',
  'scores, files, profiles',
  'store',
] as const;
/** One of them. */
export type Stage = (typeof STAGES)[number];

/**
 * @param progress - a report of a run
 * @returns the stage that begins with it; undefined: the one before goes on
 */
export function stageOf({ stage, message }: Progress): Stage | undefined {
  switch (stage) {
    case 'initializing':
      return 'read what is stored';
    case 'date_range':
      return 'fetch';
    case 'fetching':
      return /^Batch (\d+)\/\1,/.test(message) ? 'judgement' : 'fetch';
    case 'retrieved':
      return undefined;
    case 'features':
      return 'features';
    case 'training':
      return stageOfTraining(message);
    case 'storing':
    case 'done':
      return 'store';
  }
}

function stageOfTraining(message: string): Stage | undefined {
  if (/tree (\d+)\/\1$/.test(message)) {
    return message.startsWith('gradient boosting') ? 'scores, files, profiles' : 'forecasts';
  }
  return STAGES.find((stage) => message.includes(stage)) ?? 'preparing (bins)';
}
