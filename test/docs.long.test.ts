import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { blocksOf, programFile } from './docs-code';

const run = promisify(execFile);
const TSX = createRequire(import.meta.url).resolve('tsx');

async function outputOf(page: string, code: string): Promise<string> {
  const file = programFile(page);
  await writeFile(file, code);
  // what it stores is its own
  const cwd = await mkdtemp(join(tmpdir(), 'tickerforest-docs-'));
  try {
    const { stdout, stderr } = await run(process.execPath, ['--import', TSX, file], { cwd });
    return stdout + stderr;
  } finally {
    await Promise.all([rm(file), rm(cwd, { recursive: true })]);
  }
}

/** Figures are not the same in every release; what they stand for is. */
const kinds = (output: string) =>
  output
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'VERSION')
    .replaceAll(/'(up|down)'/g, 'DIRECTION')
    .replaceAll(/-?\d+(\.\d+)?(e-?\d+)?/g, '#')
    .trim();

describe('the code in the docs', () => {
  it.each([
    [
      'docs/live.md',
      /^(\d{4}-\S+Z [\d.]+ [\d.]+ (up|down)\n){5}5 bars stored, 0 left\n\{\n +status: 'explained',[\s\S]+others: -?[\d.e-]+\n\}\n$/,
    ],
    ['docs/ml-js.md', /^held out: \{[\s\S]+\}\nthe same to 1e-12: true\nthe same to the bit: true\n$/],
    ['docs/onnx.md', /^regression_rf\.onnx true\nclassification_rf\.onnx true\nregression_gb\.onnx true\n$/],
    ['docs/targets.md', /^direction of the return over the next 30 minutes, up only beyond 0\.0005\nproduct\n3910 900 160\n$/],
    ['docs/technicalindicators.md', /^doji on 0\.\d+ of bars; KST -?[\d.]+ PSAR [\d.]+\n$/],
    ['docs/warnings.md', /^TOO_FEW_BARS AAPL: /],
    ['docs/formulas.md', /^-?\d+\.\d+ \d+\n(up|down)\n$/],
  ])('of %s runs', async (page, output) => {
    expect(await outputOf(page, (await blocksOf(page)).join('\n'))).toMatch(output);
  });

  it('of docs/models.md runs, each block by itself', async () => {
    const outputs: string[] = [];
    for (const block of await blocksOf('docs/models.md')) outputs.push(await outputOf('docs/models.md', block));
    expect(outputs.join('')).toMatch(/skill: -?\d.*probabilities: \{ up: 0\.\d+ \}.*\{ mean: -?\d\.\d+(e-\d+)? \}\ntrue\n$/s);
  });

  it('of docs/explain.md runs, each block by itself, and prints what is printed there', async () => {
    const outputs: string[] = [];
    for (const block of await blocksOf('docs/explain.md')) outputs.push(await outputOf('docs/explain.md', block));
    const [printed] = await blocksOf('docs/explain.md', 'text');
    const shape = (output: string) =>
      kinds(output.replaceAll(/[+-]\S+ +\w+ = \S+/g, 'FEATURE').replaceAll(/[+-]\S+ +all others/g, 'OTHERS'));
    expect(shape(outputs[0])).toBe(shape(printed));
    expect(shape(printed).match(/FEATURE/g)).toHaveLength(9);
    const [distance] = outputs[1].trim().split('\n').slice(-1);
    expect(Math.abs(Number(distance))).toBeLessThan(1e-9);
    expect(outputs[2]).toMatch(/score: -?\d.*feature.*gain.*permutation.*std/s);
  });

  it('of docs/notebooks.md runs, and its cells one after the other, of which each shows its last expression', async () => {
    const [program, ...cells] = await blocksOf('docs/notebooks.md');
    expect(await outputOf('docs/notebooks.md', program)).toMatch(/^DEMO {2}exchange [\s\S]+\nML profile: DEMO/);
    const shown = cells.map((cell) => cell.replace(/([^\n]+)\n$/, "console.log($1);\nconsole.log('---');\n"));
    const outputs = (await outputOf('docs/notebooks.md', shown.join(''))).split('---\n');
    expect(outputs).toEqual([
      expect.stringMatching(/^DEMO {2}exchange /),
      expect.stringMatching(/^regression_rf: Rand/),
      expect.any(String),
      '',
    ]);
    const [printed] = await blocksOf('docs/notebooks.md', 'text');
    const shape = (output: string) => kinds(output.replaceAll(/(^ +\d\S* +[+-]\d\S* +\w+\n)+( +\.\.\.\n)?/gm, 'FEATURES\n'));
    expect(shape(printed)).toContain('FEATURES');
    expect(shape(outputs[2])).toBe(shape(printed));
  });

  it('of docs/experiments.md runs, each recipe after those before it', async () => {
    const output = await outputOf('docs/experiments.md', (await blocksOf('docs/experiments.md')).join('\n'));
    expect(output).toMatch(
      /^dataset of 1,500 rows.*scheme: 'hold_out'.*Float64Array\(10\).*feature.*minSamplesLeaf: 200, ic.*until: .*threshold: 0\.6/s,
    );
    expect(output.match(/\{ from: .*, ic: -?0?\.?\d/g)).toHaveLength(4);
    expect(output.match(/\{ features: \d+, ic: /g)).toHaveLength(3);
    expect(output).toMatch(/dataset of 3\d\d rows, bars of 7 days.*AAA.*BBB.*CCC.*retrain/s);
    // the forecast of the newest bar is the same out of the dataset and out of the restored engine
    const [, many, one] = output.match(/Float64Array\(10\) \[(.*?)\].*\n(-?[\d.e-]+)\n/s) ?? [];
    expect(Number(one)).toBe(Number(many.trim().split(/,\s*/).at(-1)));
  });

  it('of docs/features.md runs, each block by itself', async () => {
    const blocks = await blocksOf('docs/features.md');
    const outputs: string[] = [];
    for (const block of blocks) outputs.push(await outputOf('docs/features.md', block));
    expect(outputs.join('')).toMatch(/^0\.\d+ -?0\.\d+\nchange_20\n.*body as a feature.*fail 0/s);
  });

  it('of the README runs, and prints what is printed there', async () => {
    const [program] = await blocksOf('README.md');
    const [printed] = await blocksOf('README.md', 'text');
    expect(kinds(await outputOf('README.md', program))).toBe(kinds(printed));
  });
});
