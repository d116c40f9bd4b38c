import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../../shared/data/', import.meta.url);

/** Whether the folder of real market data lies beside the repository, as it does on the machines that measure. */
export const hasSharedData = existsSync(folder);
if (!hasSharedData) console.log('no ../shared/data beside the repository: tests on its files are left out');

/** Path of one of the shared files. */
export function sharedFile(name: string): string {
  return fileURLToPath(new URL(`${name}.csv.gz`, folder));
}
