import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defineConfig } from 'tsup';

/** What is added to entries while they are built, and what it becomes. */
const WHOLE = ['import * as whole from', 'Object(whole);'] as const;
const BUILT = /^Object\([\w.]*index_exports\);\n/gm;
/** What becomes CommonJS takes a private field for the export of its name, and assigns both: `#text = exports.text = 0`, `this.#text = exports.text += 1`. */
const FIELD = /(#\w+) = exports\.\w+ (\S*=) /g;

/**
 * A part is made for each set of entries that share it: two dozen, and each file costs an import a millisecond. Entries that use all of `index` share one part with it; that
 * they do is taken out again, so that bundlers leave out what nobody uses. `predict` is for browsers and stays apart.
 */
const entries = {
  ...{ index: 'src/index.ts', mongodb: 'src/mongodb.ts', testing: 'src/testing/index.ts' },
  ...{
    features: 'src/features.ts',
    predict: 'src/predict.ts',
    research: 'src/research.ts',
    store: 'src/store.ts',
    targets: 'src/targets.ts',
  },
  ...{ json: 'src/json.ts', parquet: 'src/parquet.ts' },
  ...{ formulas: 'src/formulas/index.ts' },
  ...{ 'ml-js': 'src/ml-js/index.ts', technicalindicators: 'src/technicalindicators/index.ts' },
  ...{ onnx: 'src/onnx/index.ts' },
};

const ALONE: readonly string[] = [entries.index, entries.predict];
const companions = Object.values(entries)
  .filter((entry) => !ALONE.includes(entry))
  .map((entry) => resolve(entry));

export default defineConfig({
  entry: entries,
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  // one shared chunk, so that `instanceof TickerforestError` holds across entry points
  splitting: true,
  clean: true,
  // small, and a file less to look for: a part of its own, which the first CSV file loads. Its licence stays beside it
  noExternal: ['papaparse'],
  esbuildPlugins: [
    {
      name: 'one shared part',
      setup({ onLoad }) {
        onLoad({ filter: /\.ts$/ }, async ({ path }) => {
          if (!companions.includes(path)) return undefined;
          const [open, use] = WHOLE;
          return {
            contents: `${await readFile(path, 'utf8')}\n${open} ${JSON.stringify(resolve(entries.index))};\n${use}\n`,
            loader: 'ts',
          };
        });
      },
    },
  ],
  async onSuccess() {
    for (const file of await readdir('dist')) {
      if (!/\.c?js$/.test(file)) continue;
      const path = join('dist', file);
      const code = (await readFile(path, 'utf8')).replace(BUILT, '').replace(FIELD, '$1 $2 ');
      const [mistaken] = /#\w+ = exports\..*/.exec(code) ?? [];
      if (mistaken !== undefined) throw new Error(`${file}: a private field assigns an export: ${mistaken}`);
      await writeFile(path, code);
    }
  },
  // the part of it that needs node:stream, which we do not use, is left out
  esbuildOptions: (options, { format }) => {
    options.define = { ...options.define, PAPA_BROWSER_CONTEXT: 'true' };
    // where formulas look for mathjs from
    if (format === 'cjs') options.define['import.meta.url'] = '__filename';
  },
});
