import type { Collection, CreateIndexesOptions, Document, IndexSpecification } from 'mongodb';
import { propertyOf } from '../../errors';

/** An index, and whether two documents may have the same value in it. */
export interface Index {
  /** Its fields. */
  readonly fields: IndexSpecification;
  /** Whether values are unique, among others. */
  readonly options: CreateIndexesOptions;
}

/** IndexOptionsConflict, IndexKeySpecsConflict: there is one on these fields, of another name or kind. */
const CONFLICTS: readonly unknown[] = [85, 86];

/**
 * Creates an index, or takes over the one that somebody else has made on the same fields: it serves as well, unless it had to be unique. Then it is made anew as a unique
 * one. Where documents stand in the way of that, there is one that is not unique: a commit looks for itself whether its symbol is there once.
 *
 * @param collection - where
 * @param index - the index
 * @throws the driver's error
 */
export async function makeIndex<Schema extends Document>(collection: Collection<Schema>, { fields, options }: Index): Promise<void> {
  const found = async () => {
    const all = await collection.indexes();
    return all.find(({ key }) => JSON.stringify(key) === JSON.stringify(fields));
  };
  try {
    await collection.createIndex(fields, options);
  } catch (error) {
    if (CONFLICTS.includes(propertyOf(error, 'code'))) {
      if ((await found()) === undefined) throw error;
    } else if (options.unique === true) {
      // each server has its own word for values that are there twice
      return makeCommon(collection, fields, error);
    } else throw error;
  }
  if (options.unique !== true) return;
  // who may not list indexes does without: a commit looks for itself whether its symbol is there once
  const theirs = await found().catch(() => undefined);
  // some servers leave one that is not unique as it is, and say nothing
  if (theirs === undefined || theirs.unique === true || theirs.name === undefined) return;
  const [twice] = await collection
    .aggregate([{ $group: { _id: '$symbol', count: { $sum: 1 } } }, { $match: { count: { $gt: 1 } } }, { $limit: 1 }])
    .toArray();
  if (twice !== undefined) return;
  await collection.dropIndex(theirs.name);
  try {
    await collection.createIndex(fields, options);
  } catch (error) {
    await makeCommon(collection, fields, error);
  }
}

/** An index that is not unique, in place of one that cannot be made; if that fails, too, the first error says more. */
async function makeCommon<Schema extends Document>(
  collection: Collection<Schema>,
  fields: IndexSpecification,
  cause: unknown,
): Promise<void> {
  if (propertyOf(cause, 'name') !== 'MongoServerError') throw cause;
  try {
    await collection.createIndex(fields);
  } catch {
    throw cause;
  }
}
