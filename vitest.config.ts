import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    // .ci/run reads the counts from the second one
    reporters: ['default', ['json', { outputFile: 'node_modules/.vitest/results.json' }]],
    // two test files at a time: the machines that run this have two cores
    maxWorkers: 2,
  },
});
