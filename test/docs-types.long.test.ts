import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { blocksOf, programFile, ROOT } from './docs-code';

/** What a strict compiler says of programs, none of which is on the disk. */
function complaints(programs: ReadonlyMap<string, string>): string[] {
  const path = join(ROOT, 'tsconfig.json');
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { readFile: fromDisk, fileExists, getSourceFile } = host;
  host.readFile = (name) => programs.get(name) ?? fromDisk(name);
  host.fileExists = (name) => programs.has(name) || fileExists(name);
  host.getSourceFile = (name, version) => {
    const code = programs.get(name);
    return code === undefined ? getSourceFile(name, version) : ts.createSourceFile(name, code, version);
  };
  // a snippet need not use all that it shows
  const program = ts.createProgram([...programs.keys()], { ...options, noUnusedLocals: false, noUnusedParameters: false }, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}

it('the code in the docs compiles as a user in strict mode would compile it', async () => {
  const programs = new Map<string, string>();
  for (const page of [
    'docs/experiments.md',
    'docs/formulas.md',
    'docs/live.md',
    'docs/ml-js.md',
    'docs/onnx.md',
    'docs/stores.md',
    'docs/targets.md',
    'docs/updates.md',
    'docs/warnings.md',
  ]) {
    programs.set(programFile(page), (await blocksOf(page)).join('\n'));
  }
  for (const page of ['README.md', 'docs/explain.md', 'docs/features.md']) {
    for (const [i, block] of (await blocksOf(page)).entries()) programs.set(programFile(`${page}-${i}`), block);
  }
  expect(complaints(programs)).toEqual([]);
});

it('an indicator, a target, a model and a source are one file and a line in a list, as CONTRIBUTING.md has them', async () => {
  const blocks = await blocksOf('CONTRIBUTING.md');
  const programs = new Map<string, string>();
  for (const block of blocks) programs.set(join(ROOT, /^\/\/ (src\/[\w/-]+\.ts)/.exec(block)?.[1] ?? 'no path'), block);
  expect([...programs.keys()].map((path) => path.slice(ROOT.length))).toEqual([
    expect.stringContaining('features'),
    expect.stringContaining('targets'),
    expect.stringContaining('models'),
    expect.stringContaining('bars'),
  ]);
  const lines: readonly (readonly [string, string, string])[] = [
    ['src/features/standard-features.ts', '...STANDARD]', "...STANDARD, ['close_location', closeLocation]]"],
    ['src/targets/define-target.ts', "'triple_barrier']", "'triple_barrier', 'next_range']"],
    ['src/models/model-file.ts', "['Ridge', loadRidge]]", "['Ridge', loadRidge], ['MeanRegressor', loadMean]]"],
  ];
  const imports = ["import { closeLocation } from './close-location';\n", '', "import { loadMean } from './mean-regressor';\n"];
  for (const [i, [path, before, after]] of lines.entries()) {
    const code = readFileSync(join(ROOT, path), 'utf8');
    expect(code).toContain(before);
    programs.set(join(ROOT, path), imports[i] + code.replace(before, after));
  }
  expect(complaints(programs)).toEqual([]);
});
