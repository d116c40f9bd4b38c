import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    ...{ index: 'src/index.ts', mongodb: 'src/mongodb.ts', testing: 'src/testing/index.ts' },
    ...{ features: 'src/features.ts', predict: 'src/predict.ts', research: 'src/research.ts', store: 'src/store.ts' },
    ...{ json: 'src/json.ts', parquet: 'src/parquet.ts' },
    ...{ formulas: 'src/formulas/index.ts' },
    ...{ 'ml-js': 'src/ml-js/index.ts', technicalindicators: 'src/technicalindicators/index.ts' },
    ...{ onnx: 'src/onnx/index.ts' },
  },
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  // one shared chunk, so that `instanceof TickerforestError` holds across entry points
  splitting: true,
  clean: true,
  // small, and a file less to look for: a part of its own, which the first CSV file loads. Its licence stays beside it
  noExternal: ['papaparse'],
  // the part of it that needs node:stream, which we do not use, is left out
  esbuildOptions: (options, { format }) => {
    options.define = { ...options.define, PAPA_BROWSER_CONTEXT: 'true' };
    // where formulas look for mathjs from
    if (format === 'cjs') options.define['import.meta.url'] = '__filename';
  },
});
