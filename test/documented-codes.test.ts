import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** The words of a union type in a source file: `export type NAME = | 'a' | 'b';` */
function words(file: string, name: string): string[] {
  const union =
    readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8').match(new RegExp(`export type ${name} =([^;]*);`))?.[1] ?? '';
  return [...union.matchAll(/'([^']+)'/g)].map(([, word]) => word);
}

const page = readFileSync(new URL('../docs/warnings.md', import.meta.url), 'utf8');
const [errors, warnings] = page.split('\n## Warnings\n');
const headings = (part: string) => [...part.matchAll(/^###+ `(\w+)`$/gm)].map(([, code]) => code);

describe('docs/warnings.md', () => {
  it.each(words('errors.ts', 'ErrorCode'))('says what the error %s means and what to do', (code) => {
    expect(headings(errors)).toContain(code);
  });

  it.each(words('bars/warnings.ts', 'WarningCode'))('says what the warning %s means and what to do', (code) => {
    expect(headings(warnings)).toContain(code);
  });

  it('knows no other error, and none twice', () => {
    expect([...headings(errors)].sort()).toEqual(words('errors.ts', 'ErrorCode').sort());
    expect(new Set(headings(warnings)).size).toBe(headings(warnings).length);
  });
});
