import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleBars } from '../../src/bars/sample-bars';
import { WindowMemory } from '../../src/kernels/window-kernels';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { takeRoom } from '../../src/trees/rooms';

describe('where the address space for WebAssembly is limited', () => {
  const refusal = new RangeError('WebAssembly.Memory(): could not allocate memory');
  beforeEach(() => {
    const Memory = class {
      constructor() {
        throw refusal;
      }
    };
    vi.stubGlobal('WebAssembly', { Memory });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  const said = { code: 'INVALID_OPTION', message: expect.stringContaining('ulimit -v'), cause: refusal };

  it.each<[string, () => unknown]>([
    ['windows', () => new WindowMemory()],
    ['bins', takeRoom],
  ])('memory for %s is refused with what to do', (_, take) => {
    const thrown = vi.fn();
    try {
      take();
    } catch (error) {
      thrown(error);
    }
    expect(thrown.mock.lastCall).toMatchObject([said]);
  });

  it('a run is refused with it, and nothing is stored', async () => {
    const store = memoryProfileStore();
    await expect(trainSymbol({ symbol: 'A', source: sampleBars(), store, threads: 0 })).rejects.toMatchObject(said);
    expect(await store.listSymbols()).toEqual([]);
  });
});
