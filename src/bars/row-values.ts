import { types } from 'node:util';

/** Digits that a double can hold are far fewer; longer texts are no numbers, and nothing looks at all of them. */
const LONGEST_NUMBER = 64;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const NOTHING = /^(?:null|nan|nat|na|n\/a|none|undefined|-)?$/i;
const WORD = 2 ** 32;
/** The largest whole number of 34 digits. */
const MOST_DIGITS = 10n ** 34n - 1n;

/** An object's own or inherited property; undefined for what is no object. */
export function propertyOf(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/**
 * Reads a price or a volume as other libraries and databases give them, if it is certain: numbers, numbers as text (`'178.58'`), BigInt, bson's `Long`,
 * `Int32`, `Double` and `Decimal128` and their form in JSON (`{ $numberDecimal: '178.58' }`). Calls no method of the value.
 *
 * @param value - any value
 * @returns the number; NaN for a value that says that there is none (null, `''`, `'NaN'`); undefined for anything else
 */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return numberOfText(value);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'object') return value === null ? Number.NaN : numberOfObject(value);
  return undefined;
}

function numberOfText(text: string): number | undefined {
  if (text.length > LONGEST_NUMBER) return undefined;
  const trimmed = text.trim();
  if (DECIMAL.test(trimmed)) return Number(trimmed);
  return NOTHING.test(trimmed) ? Number.NaN : undefined;
}

function numberOfObject(value: object): number | undefined {
  const low = propertyOf(value, 'low');
  const high = propertyOf(value, 'high');
  switch (propertyOf(value, '_bsontype')) {
    case 'Double':
    case 'Int32': {
      const number = propertyOf(value, 'value');
      return typeof number === 'number' ? number : undefined;
    }
    case 'Decimal128': {
      const bytes = propertyOf(value, 'bytes');
      // a Decimal128 of another copy of bson has the same 16 bytes
      return types.isUint8Array(bytes) && bytes.length === 16 ? numberOfDecimal(Uint8Array.from(bytes)) : undefined;
    }
    case 'Long':
      break;
    case undefined:
      // long.js, as protobuf clients use it
      if (propertyOf(value, '__isLong__') === true) break;
      return numberOfJson(value);
    default:
      return undefined;
  }
  if (typeof low !== 'number' || typeof high !== 'number') return undefined;
  return (propertyOf(value, 'unsigned') === true ? high >>> 0 : high | 0) * WORD + (low >>> 0);
}

/**
 * IEEE 754's decimal128 as bson keeps it, little-endian: a sign, an exponent of 14 bits and a whole number of up to 34 digits.
 *
 * @param bytes - 16 of them, from the beginning of their buffer
 * @returns the nearest double; undefined for more digits than there can be
 */
function numberOfDecimal({ buffer }: Uint8Array<ArrayBuffer>): number | undefined {
  const view = new DataView(buffer);
  const high = view.getBigUint64(8, true);
  const sign = high >> 63n === 0n ? '' : '-';
  const kind = (high >> 58n) & 31n;
  if (kind === 31n) return Number.NaN;
  if (kind === 30n) return Number(`${sign}Infinity`);
  const exponent = ((high >> 49n) & 0x3fffn) - 6_176n;
  const digits = ((high & 0x1_ffff_ffff_ffffn) << 64n) | view.getBigUint64(0, true);
  return kind >= 24n || digits > MOST_DIGITS ? undefined : Number(`${sign}${digits}e${exponent}`);
}

/** MongoDB's extended JSON, as mongoexport writes it. */
function numberOfJson(value: object): number | undefined {
  for (const key of ['$numberDecimal', '$numberDouble', '$numberLong', '$numberInt']) {
    const text = propertyOf(value, key);
    if (typeof text === 'string') return numberOfText(text);
  }
  return undefined;
}
