import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const { uri } = inject('mongo');

async function runProgram(file: string): Promise<string> {
  const env = { ...process.env, MONGODB_URI: uri ?? '' };
  const { stdout } = await run(process.execPath, ['--import', 'tsx', file], { cwd: ROOT, env });
  return stdout;
}

/** All code blocks of a page, as one program. */
async function programOf(page: string): Promise<string> {
  const text = await readFile(join(ROOT, 'docs', page), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');
}

describe.skipIf(uri === null)('with a MongoDB server', () => {
  it('examples/mongodb.ts runs', async () => {
    const output = await runProgram('examples/mongodb.ts');
    expect(output).toMatch(/create_new_profile, new bars: 2000, revision 1.*\nincremental_update, new bars: 390, revision 2/);
    expect(output).toMatch(/r2 on held-out bars: -?[0-9.]+\n/);
  });

  it.each([
    ['stores.md', /SYMBOL_LEASED 'WAVE' is being worked on by me(.|\n)*# fail 0/],
    ['moving-in.md', /^1\n$/],
    ['updates.md', /incremental_update 390(.|\n)*up_to_date(.|\n)*rows: 599(.|\n)*NVDA create_new_profile/],
  ])('the code of docs/%s runs', async (page, expected) => {
    // beside package.json, where the names of the package and of the examples are found
    const file = join(ROOT, `.docs-${page}-${process.pid}.ts`);
    await writeFile(file, await programOf(page));
    try {
      expect(await runProgram(file)).toMatch(expected);
    } finally {
      await rm(file);
    }
  });
});
