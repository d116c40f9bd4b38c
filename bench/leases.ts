/**
 * Whether leases hold: two healthy workers, each a process of its own, train one symbol in one folder again and again.
 *
 *     npm run bench:leases -- [--seconds 600] [--bars 150000] [--lease 1000]
 *
 * Prints how often each thing happened, and the revisions that were committed. There should be commits and `SYMBOL_LEASED` (the other one was at work), and no
 * revision twice; a `LEASE_LOST` is a lease that was not renewed in time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { letTwoWork } from '../test/symbol/two-workers';

const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    bars: { type: 'string', default: '150000' },
    lease: { type: 'string', default: '1000' },
  },
});
const options = { seconds: Number(given.seconds), bars: Number(given.bars), lease: Number(given.lease) };

const scratch = await mkdtemp(join(tmpdir(), 'bench-leases-'));
try {
  const { counts, revisions, byWorker } = await letTwoWork(scratch, options);
  console.log(`${availableParallelism()} cores, Node ${process.version}; ${JSON.stringify(options)}`);
  console.log(counts);
  const isWhole = revisions.every((revision, i) => revision === i + 1);
  console.log(
    `revisions 1 to ${revisions.length}, ${isWhole ? 'each once' : `NOT each once: ${revisions.join(' ')}`}; ${byWorker.join(' and ')} by worker`,
  );
} finally {
  await rm(scratch, { recursive: true });
}
