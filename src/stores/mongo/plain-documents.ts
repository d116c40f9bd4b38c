import { types } from 'node:util';
/**
 * The nearest document that servers take which speak MongoDB's protocol but are not MongoDB: NaN and infinities are null, arrays in arrays
 * are documents with the keys 0, 1, 2 ..., and dots in keys are full-width dots (U+FF0E).
 *
 * @param document - a document; its `_id` is kept
 * @returns the document to publish there
 */
export function plainest<Stored extends { readonly _id: string }>({ _id, ...fields }: Stored): { readonly _id: string } {
  return { ...plainestFields(fields), _id };
}

function plainestFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key.replaceAll('.', '\uff0e'), plainestValue(value, false)]));
}

function plainestValue(value: unknown, inArray: boolean): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null || types.isDate(value)) return value;
  if (!Array.isArray(value)) return plainestFields(value);
  const items = value.map((item) => plainestValue(item, true));
  return inArray ? Object.fromEntries(items.entries()) : items;
}
