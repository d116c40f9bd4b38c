import { WindowMemory } from '../kernels/window-kernels';

let made: WindowMemory | undefined;

/** @returns where all families measure their windows, one at a time: nothing in it outlives a call */
export function windowMemory(): WindowMemory {
  made ??= new WindowMemory();
  return made;
}
