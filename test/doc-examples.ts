import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './docs-code';

/** Entries whose functions users call, and what they are imported as. */
export const ENTRIES = {
  'index.ts': 'tickerforest',
  'features.ts': 'tickerforest/features',
  'research.ts': 'tickerforest/research',
  'targets.ts': 'tickerforest/targets',
  'predict.ts': 'tickerforest/predict',
  'store.ts': 'tickerforest/store',
  'mongodb.ts': 'tickerforest/mongodb',
  'json.ts': 'tickerforest/json',
  'parquet.ts': 'tickerforest/parquet',
  'formulas/index.ts': 'tickerforest/formulas',
  'technicalindicators/index.ts': 'tickerforest/technicalindicators',
  'ml-js/index.ts': 'tickerforest/ml-js',
  'onnx/index.ts': 'tickerforest/onnx',
} as const;

/** A function, class or constant that an entry exports. */
export interface PublicFunction {
  /** Its name. */
  readonly name: string;
  /** The entry's file. */
  readonly entry: string;
  /** Its doc comment, without stars. */
  readonly comment: string;
}

/** @returns what the entries export, types aside */
export function publicFunctions(): PublicFunction[] {
  return Object.keys(ENTRIES).flatMap((entry) => {
    const exports = readFileSync(join(ROOT, 'src', entry), 'utf8').matchAll(/^export \{([^}]*)\} from '\.\/([^']+)';$/gm);
    return [...exports].flatMap(([, names, path]) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && !name.startsWith('type '))
        .map((name) => ({ name, entry, comment: commentOf(name, join(dirname(entry), path)) })),
    );
  });
}

function commentOf(name: string, path: string): string {
  const file = [`${path}.ts`, `${path}/index.ts`].map((own) => join(ROOT, 'src', own)).find((own) => existsSync(own));
  if (file === undefined) throw new Error(`src/${path}.ts is not there`);
  const declared = new RegExp(String.raw`/\*\*((?:(?!\*/)[\s\S])*)\*/\nexport (?:abstract |async )?(?:function\*?|class|const) ${name}\b`);
  const [, comment] = declared.exec(readFileSync(file, 'utf8')) ?? [];
  if (comment === undefined) throw new Error(`${name} has no doc comment in ${file}`);
  return comment.replace(/^ *\* ?/gm, '');
}

/**
 * @param comment - a doc comment
 * @returns its examples
 */
export function examplesOf(comment: string): string[] {
  // typedoc takes an example without a fence for code
  return [...comment.matchAll(/^@example\n(.*?)(?=^@|(?![\s\S]))/gms)].map(
    ([, example]) => /```ts\n(.*?)```/s.exec(example)?.[1] ?? example,
  );
}
