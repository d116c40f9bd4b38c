import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../src/errors';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerforest-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a service', () => {
  it('trains in a thread, answers with statuses, stops in the middle of a training, and then its process ends by itself', async () => {
    await build({
      config: false,
      entry: { service: join(ROOT, 'examples/service.mjs'), 'training-thread': join(ROOT, 'examples/training-thread.mjs') },
      outDir: folder,
      outExtension: () => ({ js: '.mjs' }),
      format: 'esm',
      target: 'node20',
      noExternal: [/./],
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      dts: false,
      silent: true,
    });
    // a process that keeps a handle does not end, and this fails when the time is over
    const { stdout, stderr } = await run(process.execPath, [join(folder, 'service.mjs')], { timeout: 240_000 });
    expect(stderr).toBe('');
    const [unknown, ...trained] = stdout.split('\n');
    expect(unknown).toMatch(/^GET WAVE 404 .*UNKNOWN_SYMBOL/);
    expect(trained.slice(0, 2).sort()).toEqual([
      expect.stringMatching(/^POST WAVE 200 .*create_new_profile/),
      expect.stringMatching(/^POST WAVE 409 .*SYMBOL_LEASED/),
    ]);
    expect(trained[2]).toMatch(/^GET WAVE 200 .*"direction"/);
    expect(trained[3]).toMatch(/^POST RIPPLE 503 .*ABORTED/);
    expect(trained[4]).toBe("stored: [ 'WAVE' ]");
  });

  it('finds a status for every code in docs/services.md', async () => {
    const page = await readFile(join(ROOT, 'docs/services.md'), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    expect(ERROR_CODES.filter((code) => !rows.some((row) => row.includes(`\`${code}\``)))).toEqual([]);
  });
});
