import { defineConfig, type TestUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import type { Suite } from './test/runs';

const ALL = 'test/**/*.test.ts';
/** Servers, killed processes, real files by the dozen: what takes minutes. */
const LONG = 'test/**/*.long.test.ts';
const FUZZ = 'test/**/*fuzz*.test.ts';
/** Run by the quick suite with few runs, by the long one with many: `runs()` of test/runs.ts. */
const LAWS = 'test/laws/**/*.test.ts';

/** Put something in the place of a package or of WebAssembly, which another file of the same process must not get. */
const REPLACING = 'test/**/*missing.test.ts';

/** Bundles the workers' program out of the sources as they are now. */
const WORKER = 'scripts/build-worker.mjs';

const SUITES: Readonly<Record<Suite, TestUserConfig>> = {
  quick: {
    projects: [
      // a process loads the library once, not once a file: a third of the time. No file may leave anything behind, a false clock for instance
      { extends: true, test: { name: 'quick', include: [ALL], exclude: [LONG, REPLACING], isolate: false } },
      { extends: true, test: { name: 'without packages', include: [REPLACING] } },
    ],
  },
  // the only one that needs a MongoDB server, which its set-up starts
  long: { include: [LONG, LAWS, FUZZ], globalSetup: [WORKER, 'test/mongo/global-setup.ts'] },
  fuzz: { include: [FUZZ] },
};

/** Files of the long suite that take a minute or more, the longest first. */
const LONGEST = [
  'stores/mongo-store-kills.long',
  'laws/mongo-kills.long',
  'laws/directory-kills.long',
  'laws/lives-with-options.long',
  'laws/lives',
  'laws/updates',
  'laws/directory-store-kills',
  'mongo/mongo-cut-lines.long',
  'shared-data-training.long',
].map((name) => `/test/${name}.test.ts`);

/** Long files first, so that the two workers end together; a fresh clone knows nothing of how long they took before. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return at < 0 ? LONGEST.length : at;
    };
    return sorted.sort((a, b) => place(a) - place(b));
  }
}

/** `vitest` is the quick suite, `vitest --mode long` and `vitest --mode fuzz` the others. */
export default defineConfig(({ mode }) => {
  const suite = mode === 'long' || mode === 'fuzz' ? mode : 'quick';
  return {
    test: {
      globalSetup: WORKER,
      ...SUITES[suite],
      provide: { suite },
      setupFiles: 'test/equal-bytes.ts',
      // a machine that has other things to do is no failure
      testTimeout: suite === 'quick' ? 300_000 : 1_800_000,
      hookTimeout: 300_000,
      teardownTimeout: 60_000,
      // .ci/run reads the counts from the second one
      reporters: ['default', ['json', { outputFile: `node_modules/.vitest/${suite}.json` }]],
      // two test files at a time: the machines that run this have two cores. Those of the long suite wait for servers, leases and killed processes a third of their time
      maxWorkers: suite === 'long' ? 3 : 2,
      ...(suite === 'long' && { sequence: { sequencer: LongestFirst } }),
      // waiting for a condition has an end, but a late one
      expect: { poll: { timeout: 60_000 } },
    },
  };
});
