import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    // two test files at a time: the machines that run this have two cores
    maxWorkers: 2,
  },
});
