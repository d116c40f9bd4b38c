import { defineConfig } from 'vitest/config';

// these need a MongoDB server, which global-setup starts; all others run without
const WITH_SERVER = ['test/mongo/**/*.test.ts', 'test/**/mongo-*.test.ts', 'test/laws/updates*.test.ts', 'test/laws/kills*.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 120_000,
    // .ci/run reads the counts from the second one
    reporters: ['default', ['json', { outputFile: 'node_modules/.vitest/results.json' }]],
    // two test files at a time: the machines that run this have two cores
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'core', include: ['test/**/*.test.ts'], exclude: WITH_SERVER } },
      { extends: true, test: { name: 'mongo', include: WITH_SERVER, globalSetup: ['test/mongo/global-setup.ts'] } },
    ],
  },
});
