import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import { describe, expect, inject, it, onTestFinished } from 'vitest';

const run = promisify(execFile);
const { uri } = inject('mongo');

interface Outcome {
  readonly action: string;
  readonly newBars: number;
  readonly features: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

async function inProcess(...args: readonly string[]): Promise<Outcome> {
  const program = join(import.meta.dirname, 'companions.process.ts');
  const { stdout } = await run(process.execPath, ['--import', 'tsx', program, ...args], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}

describe.skipIf(uri === null)('a daily symbol with features of every companion, in MongoDB', () => {
  it('is trained, and updated in another process to the same features as in one go', async () => {
    const dbName = `test-${randomUUID()}`;
    onTestFinished(async () => {
      const client = await MongoClient.connect(uri ?? '');
      await client.db(dbName).dropDatabase();
      await client.close();
    });
    const trained = await inProcess(uri ?? '', dbName, '580');
    const updated = await inProcess(uri ?? '', dbName, '600');
    expect(trained).toMatchObject({ action: 'create_new_profile', newBars: 580 });
    expect(updated).toMatchObject({ action: 'incremental_update', newBars: 20 });
    const inOneGo = await inProcess('memory', '', '600');
    const { technical_indicators } = updated.features;
    expect(Object.keys(technical_indicators)).toEqual(
      expect.arrayContaining(['candle_doji', 'mean_gap', 'loud_rise', 'swing', 'ti_trix', 'rsi_14']),
    );
    // Qlib's 158, 35 patterns, three formulas, one indicator, and the standard ones
    const count = Object.values(updated.features).reduce((sum, group) => sum + Object.keys(group).length, 0);
    expect(count).toBe(134 + 158 + 35 + 3 + 1);
    expect(updated.features).toEqual(inOneGo.features);
  });
});
