import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionsPage, PAGE, TABLES } from '../../scripts/option-tables';

const SRC = join(import.meta.dirname, '../../src');
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.includes('options/'))
  .map((file) => readFileSync(join(SRC, file), 'utf8'));

/** What the doc comments of all properties of a name say, each on one line. */
function commentsOf(name: string): readonly string[] {
  const property = new RegExp(String.raw`/\*\*((?:[^*]|\*(?!/))*)\*/\s*readonly ${name}\??:`, 'g');
  return sources.flatMap((text) => [...text.matchAll(property)].map(([, comment]) => comment.replace(/\s*\*?\s+/g, ' ').trim()));
}

describe('docs/options.md', () => {
  it('is what the descriptions say; npm run docs:options makes it', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(optionsPage());
  });

  it.each(TABLES)('says of $title what the doc comments of its options say first', ({ table }) => {
    const wrong = Object.entries(table)
      .filter(([name, { sentence }]) => !commentsOf(name).some((comment) => comment.startsWith(sentence.slice(0, -1))))
      .map(([name, { sentence }]) => `${name}: ${sentence}`);
    expect(wrong).toEqual([]);
  });
});
