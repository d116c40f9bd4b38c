import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { randomBars } from '../test/generated-bars';

/**
 * Writes a file of generated minutes, as a vendor's looks.
 *
 * @param path - where
 * @param count - how many
 */
export async function writeCsv(path: string, count: number): Promise<void> {
  const { timestamp, open, high, low, close, volume } = randomBars(count);
  const file = createWriteStream(path);
  file.write('timestamp,open,high,low,close,volume\n');
  for (let i = 0; i < count; i++) {
    const line = `${[timestamp, open, high, low, close, volume].map((column) => column[i]).join(',')}\n`;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
