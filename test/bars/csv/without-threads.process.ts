import { collectBars } from '../../../src/bars/collect-bars';
import { csvBars } from '../../../src/bars/csv/source';

// Reads a large file where no thread can be started: Node's permission model without --allow-worker.
for (const request of [{ symbol: 'X' }, { symbol: 'X', threads: 0 }]) {
  const { bars, warnings } = await collectBars(csvBars(process.argv[2]), request, { maxJump: Number.POSITIVE_INFINITY });
  process.stdout.write(`${bars.length} bars ${warnings.map(({ code, message }) => `${code}: ${message}`).join()}\n`);
}
