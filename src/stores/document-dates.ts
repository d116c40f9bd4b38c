import type { ProfileType } from '../profiles/documents';

/*
 * Documents that went through JSON (a web page, a message queue, another language) have texts where Dates were. Where a document's type has a Date, such a text is taken
 * as one; anywhere else it stays a text, as what somebody keeps in `fundamental_data` is his own.
 */

const EVERY: readonly string[] = ['last_updated', 'created_at'];
/** Places of Dates; `*` stands for every element or property. */
const OF_TYPE: Readonly<Record<ProfileType, readonly string[]>> = {
  company: [
    'raw_data.first_bar',
    'raw_data.last_bar',
    'raw_data.warnings.*.first_bar',
    'last_update.at',
    'last_update.from',
    'last_update.to',
    'last_update.gap.after',
    'last_update.gap.before',
    'last_update.revised_bars.first',
    'last_rewrite.found_at',
    'last_rewrite.first_difference.timestamp',
  ],
  ml: [
    'training_window.from',
    'training_window.to',
    'training_failure.at',
    'trained_at',
    'last_retrain_decision.decided_at',
    'models.metrics.*.walk_forward.test_from',
    'models.metrics.*.walk_forward.test_to',
  ],
  statistical: [],
};

/** What `JSON.stringify` makes of a Date, and other languages of theirs. Without an offset, nobody knows which moment it is. */
const MOMENT = /^(\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/**
 * Puts Dates where a document's type has them and the document has their texts: '2024-01-02T03:04:05.000Z'.
 *
 * @param document - what should be a profile; it is changed
 * @param type - which one
 * @returns the same
 */
export function takeDates<Document>(document: Document, type: ProfileType): Document {
  for (const path of [...EVERY, ...OF_TYPE[type]]) takeAt(document, path.split('.'));
  return document;
}

function takeAt(outer: unknown, [key, ...rest]: readonly string[]): void {
  if (typeof outer !== 'object' || outer === null) return;
  if (key === '*') {
    for (const inner of Object.values(outer)) takeAt(inner, rest);
    return;
  }
  if (!Object.hasOwn(outer, key)) return;
  const found: unknown = Reflect.get(outer, key);
  if (rest.length > 0) takeAt(found, rest);
  else if (typeof found === 'string' && MOMENT.test(found)) {
    const date = new Date(found);
    if (!Number.isNaN(date.getTime())) Reflect.set(outer, key, date);
  }
}
