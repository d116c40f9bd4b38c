import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WARNING_CODES } from '../src/bars/warnings';
import { ERROR_CODES } from '../src/errors';

const page = readFileSync(new URL('../docs/warnings.md', import.meta.url), 'utf8');
const [errors, warnings] = page.split('\n## Warnings\n');
const headings = (part: string) => [...part.matchAll(/^###+ `(\w+)`$/gm)].map(([, code]) => code);

describe('docs/warnings.md', () => {
  it.each(ERROR_CODES)('says what the error %s means and what to do', (code) => {
    expect(headings(errors)).toContain(code);
  });

  it.each(WARNING_CODES)('says what the warning %s means and what to do', (code) => {
    expect(headings(warnings)).toContain(code);
  });

  it('knows no other codes, and none twice', () => {
    expect([...headings(errors)].sort()).toEqual([...ERROR_CODES].sort());
    expect([...headings(warnings)].sort()).toEqual([...WARNING_CODES].sort());
  });
});
