import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Everything in a folder of the directory store, without what differs between two runs that do the same: ids of commits, the checksum
 * over them, and lease tokens and expiries, which rise with every worker that died.
 *
 * @param folder - the store's folder
 * @returns contents of each file, as base64 or as text, by path
 */
export async function symbolTree(folder: string): Promise<Record<string, unknown>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: [string, unknown][] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const name = path.slice(folder.length + 1);
    if (entry.name === 'manifest.json') files.push([name, { ...JSON.parse(bytes.toString()), commits: null, sha256: null }]);
    else if (/^lease-\d+\.json$/.test(entry.name)) {
      files.push([name.replace(/lease-\d+/, 'lease'), { ...JSON.parse(bytes.toString()), expires_at: null, token: null }]);
    } else files.push([name, bytes.toString('base64')]);
  }
  return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}
