import { collectBars } from '../../../src/bars/collect-bars';
import { csvBars } from '../../../src/bars/csv/source';

// Reads a large file after a test has put a clock that stands still in the place of the global one: the process lives until all was read.
Object.assign(globalThis, { setInterval: () => 0, clearInterval: () => {} });
const { bars } = await collectBars(csvBars(process.argv[2]), { symbol: 'X' }, { maxJump: Number.POSITIVE_INFINITY });
process.stdout.write(`${bars.length} bars`);
