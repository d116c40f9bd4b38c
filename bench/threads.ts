import { TRAIN_SYMBOL } from '../src/options/symbol-tables';

/** Whether this version of the library can be told how many threads it may use. */
export const HAS_THREADS = 'threads' in TRAIN_SYMBOL;

/**
 * @param threads - how many; undefined: the library's default
 * @returns the option, where the library has it
 */
export function threadsOption(threads: number | undefined): object {
  return HAS_THREADS && threads !== undefined ? { threads } : {};
}

/**
 * @param text - the option of a bench: '0,1,2'
 * @returns the numbers; without the library's option only 0, the calling thread
 */
export function threadCounts(text: string): number[] {
  if (HAS_THREADS) return text.split(',').map(Number);
  console.log('NOT RUN: other numbers of threads than 0, because this version has no option for it');
  return [0];
}
