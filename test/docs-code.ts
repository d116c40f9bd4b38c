import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Where the pages are. */
export const ROOT = resolve(import.meta.dirname, '..');

/**
 * @param page - a page, from the root
 * @param language - of the blocks
 * @returns its code blocks in this language
 */
export async function blocksOf(page: string, language = 'ts'): Promise<string[]> {
  const text = await readFile(join(ROOT, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code);
}

/**
 * @param name - a name for a program of a page
 * @returns a path beside package.json, where the package's own name is found
 */
export function programFile(name: string): string {
  return join(ROOT, `.docs-${name.replace('/', '-')}-${process.pid}.ts`);
}
