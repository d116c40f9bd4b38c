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
    'docs/live.md',
    'docs/ml-js.md',
    'docs/stores.md',
    'docs/targets.md',
    'docs/updates.md',
    'docs/warnings.md',
  ]) {
    programs.set(programFile(page), (await blocksOf(page)).join('\n'));
  }
  for (const page of ['README.md', 'docs/features.md']) {
    for (const [i, block] of (await blocksOf(page)).entries()) programs.set(programFile(`${page}-${i}`), block);
  }
  expect(complaints(programs)).toEqual([]);
});
