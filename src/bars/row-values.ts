import { types } from 'node:util';
import { Decimal128 } from 'bson';

/** Digits that a double can hold are far fewer; longer texts are no numbers, and nothing looks at all of them. */
const LONGEST_NUMBER = 64;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const NOTHING = /^(?:null|nan|nat|na|n\/a|none|undefined|-)?$/i;
const WORD = 2 ** 32;

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
      return types.isUint8Array(bytes) && bytes.length === 16 ? Number(new Decimal128(Uint8Array.from(bytes)).toString()) : undefined;
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

/** MongoDB's extended JSON, as mongoexport writes it. */
function numberOfJson(value: object): number | undefined {
  for (const key of ['$numberDecimal', '$numberDouble', '$numberLong', '$numberInt']) {
    const text = propertyOf(value, key);
    if (typeof text === 'string') return numberOfText(text);
  }
  return undefined;
}
