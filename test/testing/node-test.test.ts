import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { testProfileStore } from '../../src/testing';
import { collectResults } from './collecting-runner';

it("runs with Node's own test runner, which needs nothing of this one", async () => {
  const registered = await collectResults((runner) =>
    testProfileStore({
      name: 'the memory store',
      runner,
      open: async () => {
        const store = memoryProfileStore();
        return { store, reopen: () => store };
      },
    }),
  );
  const program = fileURLToPath(new URL('node-test.process.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--test-reporter=tap', program], { encoding: 'utf8' });
  expect({ status, stderr }).toStrictEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('# Subtest: the memory store as a ProfileStore');
  for (const { name } of registered) expect(stdout).toContain(`# Subtest: ${name}`);
  expect(stdout).toContain(`# pass ${registered.length}\n`);
  expect(stdout).toContain('# fail 0\n');
});
