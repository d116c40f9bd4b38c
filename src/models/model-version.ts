import { createHash } from 'node:crypto';

/**
 * @param files - the models' files, in the order of the models
 * @returns 12 hexadecimal digits that change with any byte of any of them
 */
export function modelVersion(files: Readonly<Record<string, Uint8Array>>): string {
  const hash = createHash('sha256');
  for (const file of Object.values(files)) hash.update(file);
  return hash.digest('hex').slice(0, 12);
}
