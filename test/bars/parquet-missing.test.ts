import { describe, expect, it, vi } from 'vitest';
import { collectBars } from '../../src/bars/collect-bars';
import { parquetBars } from '../../src/bars/parquet-source';
import { failure } from './errors';

vi.mock('hyparquet', () => {
  throw new Error("Cannot find package 'hyparquet'");
});

describe('parquetBars without the package hyparquet', () => {
  it('says what to install, when bars are fetched', async () => {
    const source = parquetBars('any.parquet');
    const { message, cause } = await failure('INVALID_OPTION', () => collectBars(source, { symbol: 'X' }));
    expect(message).toContain('npm install hyparquet');
    expect(cause).toBeInstanceOf(Error);
  });
});
