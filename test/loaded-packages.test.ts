import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');

/** Writes the address of every module that is loaded. */
const HOOK =
  "import { writeSync } from 'node:fs'; export const load = (url, context, next) => (writeSync(1, url + '\\n'), next(url, context));";
const LISTENED = `import { register } from 'node:module'; register('data:text/javascript;base64,${Buffer.from(HOOK).toString('base64')}');`;

/** Packages, and parts of `dist` that hold one, which a program loads; `dist` is what `npm ci` has built. */
async function packagesOf(options: readonly string[], program: string): Promise<string[]> {
  const { stdout } = await run(process.execPath, [...options, '-e', program], { cwd: ROOT });
  expect(stdout).toContain('/dist/index.');
  const found = [...stdout.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/\n]+)|\/dist\/(papaparse)-/g)].map(([, name, part]) => name ?? part);
  return [...new Set(found)].sort();
}

const imported = (program: string) => packagesOf(['--input-type=module'], `${LISTENED} ${program}`);
const required = (program: string) =>
  packagesOf([], `(async () => { ${program} })().finally(() => console.log(Object.keys(require.cache).join('\\n')));`);

/** A market's clock is all that everybody needs. */
const ALWAYS = ['@date-fns/tz'];

describe('packages that are loaded', () => {
  it('by import and require: a time zone database, and nothing that only some need', async () => {
    expect(await imported("await import('tickerforest');")).toEqual(ALWAYS);
    expect(await required("require('tickerforest');")).toEqual(ALWAYS);
  });

  it('by the first ridge: ml-matrix', async () => {
    const learn = (load: string) => `
      const { MLModelTrainer, prepareDataset, ridge, sampleBars } = ${load}('tickerforest');
      await new MLModelTrainer({ models: { linear: ridge() } }).train(await prepareDataset({ source: sampleBars() }));`;
    expect(await imported(learn('await import'))).toContain('ml-matrix');
    expect(await required(learn('require'))).toContain('ml-matrix');
  });

  it('by the first CSV file: papaparse; by the first document in a folder: bson', async () => {
    const read = (load: string) => `
      const { csvBars } = ${load}('tickerforest');
      for await (const { bars } of csvBars('node_modules/@observablehq/sample-datasets/aapl.csv').fetch({ symbol: 'AAPL' })) void bars;`;
    expect(await imported(read('await import'))).toEqual([...ALWAYS, 'papaparse']);
    expect(await required(read('require'))).toEqual([...ALWAYS, 'papaparse']);

    const folder = await mkdtemp(join(tmpdir(), 'tickerforest-'));
    const one = JSON.stringify({ regression_rf: { trees: 1 }, classification_rf: { trees: 1 }, regression_gb: { trees: 1 } });
    const train = (load: string, name: string) => `
      const { directoryProfileStore, sampleBars, trainSymbol } = ${load}('tickerforest');
      await trainSymbol({ symbol: 'A', source: sampleBars(), store: directoryProfileStore(${JSON.stringify(join(folder, name))}), models: ${one} });`;
    try {
      expect(await imported(train('await import', 'esm'))).toEqual([...ALWAYS, 'bson']);
      expect(await required(train('require', 'cjs'))).toEqual([...ALWAYS, 'bson']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
