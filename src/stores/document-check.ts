import { types } from 'node:util';
import { type ProfileType, SCHEMA_VERSION } from '../profiles/documents';
import { described } from '../text';

/*
 * What a store answers is anybody's: checked here as far as a run goes on with it. The rest of a document is passed on as it is.
 */

type Check = readonly [path: string, kind: 'text' | 'count' | 'Date' | 'record' | 'text or null'];

const EVERY: readonly Check[] = [
  ['revision', 'count'],
  ['last_updated', 'Date'],
  ['created_at', 'Date'],
];
const OF_TYPE: Readonly<Record<ProfileType, readonly Check[]>> = {
  company: [
    ['exchange', 'text or null'],
    ['fundamental_data', 'record'],
    ['raw_data', 'record'],
    ['raw_data.rejected_bars', 'record'],
    ['raw_data.rejected_bars.total', 'count'],
    ['raw_data.rejected_bars.by_reason', 'record'],
  ],
  ml: [
    ['models', 'record'],
    ['model_version', 'text'],
    ['trained_at', 'Date'],
    ['bars_since_training', 'count'],
  ],
  statistical: [['features', 'record']],
};

const TITLES: Readonly<Record<ProfileType, string>> = {
  company: 'a company profile',
  ml: 'an ML profile',
  statistical: 'a statistical profile',
};

/**
 * @param value - what a store gave as a profile, or null
 * @param type - which profile it should be
 * @param symbol - whose
 * @returns what is wrong with it: "a company profile whose created_at is '2024-01-02' (a text), not a Date"; null if nothing is
 */
export function wrongWithProfile(value: unknown, type: ProfileType, symbol: string): string | null {
  if (value === null) return null;
  if (!isRecord(value)) return `${described(value)}, neither ${TITLES[type]} nor null`;
  const wrong = (path: string, found: unknown, wanted: string) => `${TITLES[type]} whose ${path} is ${described(found)}, not ${wanted}`;
  if (value.symbol !== symbol) return wrong('symbol', value.symbol, 'the symbol that was asked for');
  if (value.profile_type !== type) return wrong('profile_type', value.profile_type, `'${type}'`);
  if (value.schema_version !== SCHEMA_VERSION) return wrong('schema_version', value.schema_version, `${SCHEMA_VERSION}`);
  for (const [path, kind] of [...EVERY, ...OF_TYPE[type]]) {
    const found = path.split('.').reduce<unknown>((outer, key) => (isRecord(outer) ? outer[key] : undefined), value);
    if (!isOfKind(found, kind)) return wrong(path, found, NAMES[kind]);
  }
  return null;
}

/**
 * @param value - what a store gave as a checkpoint, or null
 * @param symbol - whose it should be
 * @returns what is wrong with it; null if nothing is
 */
export function wrongWithCheckpoint(value: unknown, symbol: string): string | null {
  if (value === null) return null;
  if (!isRecord(value)) return `${described(value)}, neither a checkpoint nor null`;
  const wrong = (path: string, found: unknown, wanted: string) => `a checkpoint whose ${path} is ${described(found)}, not ${wanted}`;
  if (value.symbol !== symbol) return wrong('symbol', value.symbol, 'the symbol that was asked for');
  if (!isOfKind(value.revision, 'count')) return wrong('revision', value.revision, NAMES.count);
  if (!types.isUint8Array(value.state)) return wrong('state', value.state, 'a Uint8Array');
  if (!isRecord(value.models)) return wrong('models', value.models, 'an object');
  for (const [name, bytes] of Object.entries(value.models)) {
    if (!types.isUint8Array(bytes)) return wrong(`model ${described(name)}`, bytes, 'a Uint8Array');
  }
  return null;
}

/**
 * @param value - anything
 * @returns whether it is an object with named properties
 */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const NAMES = {
  text: 'a text',
  count: 'a whole number, 0 or more',
  Date: 'a valid Date',
  record: 'an object',
  'text or null': 'a text or null',
} as const;

function isOfKind(value: unknown, kind: Check[1]): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'count':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    case 'Date':
      return types.isDate(value) && !Number.isNaN(value.getTime());
    case 'record':
      return isRecord(value);
    case 'text or null':
      return value === null || typeof value === 'string';
  }
}
