import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const CASES = join(ROOT, '../shared/cases');
const isThere = existsSync(CASES);
if (!isThere) console.log(`NOT RUN: the inputs of ${CASES}, which are not here`);

/** All but those about model files. */
const HOSTILE = /^(?!01)\d\d-/;
const { uri } = inject('mongo');

const scripts = (folder: string) => (isThere ? readdirSync(join(CASES, folder)).filter((name) => name.endsWith('.mjs')) : []);

// they load dist/, which npm ci has built
describe.skipIf(!isThere)('inputs that failed once', () => {
  it.each([
    ...scripts('.'),
    ...scripts('hostile')
      .filter((name) => HOSTILE.test(name))
      .map((name) => join('hostile', name)),
  ])('%s', async (name) => {
    const env = { ...process.env, ...(uri !== null && { MONGODB_URI: uri }) };
    const { stdout } = await promisify(execFile)(process.execPath, [join(CASES, name)], { cwd: ROOT, env }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout.trim()).toBe('ok');
  });
});
