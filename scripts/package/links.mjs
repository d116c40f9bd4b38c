// Links of the Markdown files in the package.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** The name that a heading gets as the target of a link. */
function anchor(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function anchors(text) {
  return new Set(text.split('\n').flatMap((line) => (/^#+ /.test(line) ? [anchor(line.replace(/^#+/, ''))] : [])));
}

/**
 * @param folder - of an installed package
 * @returns each link between its files that leads nowhere, and each file that the README names and that is not there
 */
export async function deadLinks(folder) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.md') && !name.includes('node_modules'));
  const dead = [];
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8');
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path, fragment] = target.split('#');
      const file = path === '' ? join(folder, name) : join(folder, dirname(name), path);
      const isThere = existsSync(file) && !relative(folder, file).startsWith('..');
      const hasFragment = isThere && (fragment === undefined || anchors(await readFile(file, 'utf8')).has(fragment));
      if (!hasFragment) dead.push(`${name}: ${target}`);
    }
    if (name !== 'README.md') continue;
    for (const [path] of text.matchAll(/\b(?:docs|examples)\/[\w/-]+\.\w+/g))
      if (!existsSync(join(folder, path))) dead.push(`${name}: ${path}`);
  }
  return dead;
}
