import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { build } from 'tsup';
import { afterAll, describe, expect, it } from 'vitest';
import { ownError, propertyOf, TickerforestError } from '../src/errors';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('TickerforestError', () => {
  it('has name, code and cause, and is shown by its name', () => {
    const cause = new Error('underneath');
    const error = new TickerforestError('NO_BARS', 'nothing there', { cause });
    expect(error).toMatchObject({ name: 'TickerforestError', code: 'NO_BARS', message: 'nothing there', cause });
    expect(String(error)).toBe('TickerforestError: nothing there');
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: 'NO_BARS' });
  });

  it('is called so in CommonJS too', async () => {
    await build({
      config: false,
      entry: { errors: 'src/errors.ts' },
      outDir: folder,
      format: ['cjs'],
      target: 'node20',
      splitting: true,
      silent: true,
      dts: false,
    });
    const built: typeof import('../src/errors') = createRequire(import.meta.url)(join(folder, 'errors.cjs'));
    expect(built.TickerforestError.name).toBe('TickerforestError');
    expect(inspect(new built.TickerforestError('NO_BARS', 'nothing there'))).toMatch(/^TickerforestError: nothing there/);
  });
});

describe('propertyOf', () => {
  it('reads errors of other realms, and is stopped by nothing', () => {
    expect(propertyOf(runInNewContext("Object.assign(new Error('gone'), { code: 'ENOENT' })"), 'code')).toBe('ENOENT');
    expect(propertyOf(null, 'code')).toBeUndefined();
    expect(propertyOf('text', 'code')).toBeUndefined();
    const hostile = Object.defineProperty({}, 'code', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(propertyOf(hostile, 'code')).toBeUndefined();
  });
});

describe('ownError', () => {
  it("knows the errors of another copy of the library, and nobody else's", () => {
    const error = new TickerforestError('CONFLICT', 'somebody was faster');
    expect(ownError(error)).toBe(error);
    const foreign = runInNewContext("Object.assign(new Error('somebody was faster'), { name: 'TickerforestError', code: 'CONFLICT' })");
    expect(ownError(foreign)).toMatchObject({ code: 'CONFLICT', message: 'somebody was faster', cause: foreign });
    expect(ownError(foreign)).toBeInstanceOf(TickerforestError);
    for (const other of [
      new Error('no'),
      { name: 'TickerforestError', code: 'NO_SUCH' },
      { code: 'CONFLICT' },
      null,
      'CONFLICT',
      revokedProxy(),
    ]) {
      expect(ownError(other)).toBeNull();
    }
  });
});

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
