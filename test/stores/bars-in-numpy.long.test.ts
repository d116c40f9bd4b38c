import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { BAR_COLUMNS } from '../../src/bars/bars';
import { directoryBarStore } from '../../src/stores/directory/bar-store';
import { joinBars, MARKET, madeUpBars } from '../../src/testing/sample-kept-bars';

const SCRIPT = fileURLToPath(new URL('../../scripts/python/read_bars.py', import.meta.url));

const scratch = mkdtempSync(join(tmpdir(), 'tickerforest-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A Python that has NumPy: that of PYTHON, the system's, or one with NumPy installed for this test. */
function findPython(): string | undefined {
  const own = join(scratch, 'numpy', 'bin', 'python');
  const install = () => {
    execFileSync('python3', ['-m', 'venv', join(scratch, 'numpy')], { stdio: 'ignore', timeout: 60_000 });
    execFileSync(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'numpy'], { stdio: 'ignore', timeout: 240_000 });
  };
  for (const [python, prepare] of [[process.env.PYTHON, undefined] as const, ['python3', undefined] as const, [own, install] as const]) {
    try {
      if (python === undefined || python === '') continue;
      prepare?.();
      execFileSync(python, ['-c', 'import numpy'], { stdio: 'ignore' });
      return python;
    } catch {}
  }
  console.log('no Python with NumPy, and none could be installed: reading kept bars from Python is NOT TESTED');
  return undefined;
}

const python = findPython();

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
