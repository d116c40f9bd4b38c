import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../src');

/** What each folder may import beside itself and the few files that everybody shares. The order is that of the data flow. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  options: [],
  bars: ['threads'],
  kernels: [],
  threads: ['kernels/web-assembly.ts'],
  trees: ['kernels', 'threads'],
  features: ['bars', 'kernels', 'threads', 'trees/feature-matrix.ts'],
  formulas: ['bars', 'features'],
  targets: ['bars'],
  models: ['bars', 'targets', 'threads', 'trees'],
  explain: ['models', 'targets', 'trees'],
  profiles: ['bars/reading.ts', 'bars/stored-market.ts', 'bars/warnings.ts', 'features', 'models', 'trees/ensemble.ts'],
  stores: ['bars', 'profiles'],
  updates: ['bars', 'features', 'models', 'profiles'],
  'ml-js': ['targets', 'trees', 'models'],
  onnx: ['trees', 'models'],
  workers: ['bars', 'features', 'kernels', 'threads', 'trees'],
  symbol: [
    'bars',
    'explain',
    'features',
    'trees/ensemble.ts',
    'trees/feature-matrix.ts',
    'targets',
    'models',
    'profiles',
    'stores',
    'updates',
  ],
  technicalindicators: ['features'],
  testing: ['bars', 'profiles', 'stores', 'features', 'models/evaluation.ts'],
};
/** Entries of the package: what is behind them is theirs to choose. */
const ENTRIES = ['index.ts', 'features.ts', 'predict.ts', 'research.ts', 'store.ts', 'targets.ts', 'mongodb.ts', 'json.ts', 'parquet.ts'];
const SHARED = ['errors.ts', 'binary-file.ts', 'checksum.ts', 'exponential.ts', 'logarithm.ts', 'printed.ts', 'text.ts', 'waiting.ts'];
/** What everybody may check with; it knows the others' types only, to describe options that are theirs. */
const CHECKS = 'options';

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.includes('assembly') && !file.includes('generated'))
  .map((file) => file.split(sep).join('/'));

function importsOf(file: string, withTypes = true): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/(import type \{[^}]*\} )?from '(\.[^']+)'/g)]
    .filter(([, isType]) => withTypes || isType === undefined)
    .map(
      ([, , path]) =>
        `${relative(SRC, posix.join(SRC, dirname(file), path))
          .split(sep)
          .join('/')}.ts`,
    );
}

describe('imports go one way, in the order of the data flow', () => {
  it('finds the source files', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(importsOf('symbol/train-symbol.ts')).toContain('errors.ts');
  });

  it.each(files.filter((file) => file.includes('/')))('%s', (file) => {
    const [folder] = file.split('/');
    const allowed = [folder, CHECKS, ...(ALLOWED[folder] ?? [])];
    const wrong = importsOf(file, folder !== CHECKS).filter(
      (path) => !SHARED.includes(path) && !allowed.some((place) => path === place || path.startsWith(`${place}/`)),
    );
    expect(wrong).toEqual([]);
  });

  it('the root holds entries, which only forward, and what everybody shares, which knows nothing else', () => {
    const root = files.filter((file) => !file.includes('/'));
    expect([...root].sort()).toEqual([...ENTRIES, ...SHARED].sort());
    for (const file of SHARED) expect(importsOf(file).filter((path) => !SHARED.includes(path))).toEqual([]);
    for (const file of ENTRIES) {
      const code = readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      expect(code.replace(/export (type )?(\{[^}]*\}|\*) from '[^']+';/g, '').trim()).toBe('');
    }
  });
});
