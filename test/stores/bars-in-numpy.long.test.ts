import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { BAR_COLUMNS, joinBars } from '../../src/bars/bars';
import { directoryBarStore } from '../../src/stores/directory/bar-store';
import { MARKET, madeUpBars } from '../../src/testing/sample-kept-bars';
import { pythonWith } from '../python';

const SCRIPT = fileURLToPath(new URL('../../scripts/python/read_bars.py', import.meta.url));

const scratch = mkdtempSync(join(tmpdir(), 'tickerforest-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const python = pythonWith(['numpy'], scratch);

it.skipIf(python === undefined)(
  'NumPy reads the numbers that were written, from the files as they are, also after appends and cuts',
  async () => {
    const store = directoryBarStore(scratch);
    const parts = [madeUpBars(0, 70_000), madeUpBars(70_000, 390), madeUpBars(70_380, 1_440, 2), madeUpBars(71_820, 1)];
    for (const [baseRevision, bars] of parts.entries()) {
      await store.write({ symbol: 'BRK.B', market: MARKET, from: bars.timestamp[0], bars, baseRevision });
    }
    const bars = joinBars(parts[0], madeUpBars(70_000, 380), parts[2], parts[3]);
    const hash = createHash('sha256');
    for (const column of BAR_COLUMNS) hash.update(new Uint8Array(Float64Array.from(bars[column]).buffer));
    const printed = execFileSync(python ?? '', [SCRIPT, join(scratch, 'BRK.B', 'bars')], { encoding: 'utf8' });
    expect(JSON.parse(printed)).toStrictEqual({
      bars: bars.length,
      first_close: bars.close[0],
      last_close: bars.close[bars.length - 1],
      sha256: hash.digest('hex'),
    });
  },
);
