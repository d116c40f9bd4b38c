import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const CASES = join(ROOT, '../shared/cases');
const isThere = existsSync(CASES);
if (!isThere) console.log(`NOT RUN: the inputs of ${CASES}, which are not here`);

/** Hostile inputs that are about what comes in; the others are about stores and models. */
const HOSTILE = /^(?:03|04|13|14|17|18|20)-/;

const scripts = (folder: string) => (isThere ? readdirSync(join(CASES, folder)).filter((name) => name.endsWith('.mjs')) : []);

// they load dist/, which npm ci has built
describe.skipIf(!isThere)('inputs that failed once', () => {
  it.each([
    ...scripts('.'),
    ...scripts('hostile')
      .filter((name) => HOSTILE.test(name))
      .map((name) => join('hostile', name)),
  ])('%s', async (name) => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(CASES, name)], { cwd: ROOT }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout.trim()).toBe('ok');
  });
});
