import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', mongodb: 'src/mongodb.ts', testing: 'src/testing/index.ts' },
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  // one shared chunk, so that `instanceof TickerforestError` holds across entry points
  splitting: true,
  clean: true,
});
