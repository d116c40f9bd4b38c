import { expect, it } from 'vitest';
import type { StoredDocument } from '../../src/stores/mongo/operations';
import { expectedAfter, readAll } from '../../src/testing/assertions';
import { sampleBytes, sampleCommit } from '../../src/testing/sample-profiles';
import { describeWithServer, expectTidy, newDatabase, rawCollection, storeOn, useTestServer } from './mongo-database';

useTestServer();

const commit = sampleCommit('BRK.B', 0, 1);

function changed(bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new Error('no bytes');
  const copy = new Uint8Array(bytes);
  copy[copy.length >> 1] ^= 1;
  return copy;
}

/** Chunks whose bytes are garbled on the way. */
function garbled(document: StoredDocument): StoredDocument {
  return { ...document, bytes: changed(document.bytes) };
}

describeWithServer('a damaged database', () => {
  const parts = ['company', 'ml', 'statistical', 'state', 'model regression_rf', 'model regression_gb'];
  const damages = ['changed in one bit', 'cut off', 'without bytes', 'missing'];
  it.each(parts.flatMap((part) => damages.map((what) => ({ part, what }))))(
    'is told by symbol, revision and part: $part $what',
    async ({ part, what }) => {
      const db = newDatabase();
      const store = storeOn(db);
      await store.commit(commit);
      const chunks = db.collection('symbol_checkpoints', { promoteBuffers: true });
      const found = await chunks.findOne({ part });
      if (!found) throw new Error(`no chunk of ${part}`);
      const { _id, bytes, ...rest } = found;
      if (what === 'missing') await chunks.deleteOne({ _id });
      else if (what === 'without bytes') await chunks.replaceOne({ _id }, rest);
      else await chunks.replaceOne({ _id }, { ...rest, bytes: what === 'cut off' ? bytes.subarray(0, 9) : changed(bytes) });
      const reads = [
        store.getCompanyProfile('BRK.B'),
        store.getMlProfile('BRK.B'),
        store.getStatisticalProfile('BRK.B'),
        store.getCheckpoint('BRK.B'),
      ];
      const errors = (await Promise.allSettled(reads)).flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatchObject({ name: 'TickerforestError', code: 'STORE_FAILED', cause: expect.any(Error) });
      expect(errors[0].message).toContain(`part '${part}' of revision 1 of 'BRK.B'`);
    },
  );

  it.each([
    ['a part left out', { parts: [] }],
    ['another revision', { revision: 7 }],
    ['another symbol', { symbol: 'BRK.A' }],
    ['a later format', { format: 2 }],
    ['another shape', { commits: 'x' }],
  ])('is told by the record with %s', async (_, change) => {
    const db = newDatabase();
    const store = storeOn(db);
    await store.commit(commit);
    await db.collection('symbol_revisions').updateOne({ revision: 1, format: 1 }, { $set: change });
    const failure = { code: 'STORE_FAILED', message: expect.stringContaining("'revision 1 of BRK.B' in symbol_revisions is damaged") };
    await expect(store.getMlProfile('BRK.B')).rejects.toMatchObject(failure);
    await expect(store.getCheckpoint('BRK.B')).rejects.toMatchObject(failure);
    await expect(store.commit(sampleCommit('BRK.B', 1, 2))).rejects.toMatchObject(failure);
    await expect(store.acquireLease('BRK.B', { owner: 'me', milliseconds: 1000 })).rejects.toMatchObject(failure);
  });

  it('can be begun anew for one symbol', async () => {
    const db = newDatabase();
    const store = storeOn(db);
    await store.commit(commit);
    await store.commit(sampleCommit('AAPL', 0, 1));
    await db.collection('symbol_revisions').updateOne({ symbol: 'BRK.B', format: 1 }, { $set: { parts: [] } });
    for (const name of [
      'company_profiles',
      'ml_profiles',
      'statistical_profiles',
      'symbol_checkpoints',
      'symbol_revisions',
      'symbol_activity',
    ]) {
      await db.collection(name).deleteMany({ symbol: 'BRK.B' });
    }
    await store.commit(commit);
    expect(await readAll(store, 'BRK.B')).toStrictEqual(expectedAfter(commit));
    expect(await store.listSymbols()).toStrictEqual(['AAPL', 'BRK.B']);
  });
});

describeWithServer('a line that garbles', () => {
  it('chunks, makes the store write them again', async () => {
    const db = newDatabase();
    let isFirst = true;
    const store = storeOn(db, (plain) => ({
      insert(name, documents) {
        if (name !== 'symbol_checkpoints' || !isFirst) return plain.insert(name, documents);
        isFirst = false;
        // one is garbled, one is lost, one has another id
        const [one, two, three, ...others] = documents;
        return plain.insert(name, [garbled(one), { ...three, _id: 'garbled' }, ...others]).then((outcome) => (two ? outcome : 'taken'));
      },
    }));
    await store.commit(commit);
    expect(await readAll(store, 'BRK.B')).toStrictEqual(expectedAfter(commit));
  });

  it.each(['symbol_checkpoints', 'symbol_revisions'])('one answer from %s costs a second read, and is no damage', async (garbledName) => {
    const db = newDatabase();
    await storeOn(db).commit(commit);
    let answers = 0;
    const store = storeOn(db, (plain) => ({
      async find(name, id) {
        const found = await plain.find(name, id);
        if (!found || name !== garbledName || id.startsWith('head ')) return found;
        answers++;
        if (answers > 1) return found;
        return name === 'symbol_checkpoints' ? garbled(found) : { ...found, sha256: 'garbled' };
      },
    }));
    expect(await store.getMlProfile('BRK.B')).toStrictEqual(expectedAfter(commit).ml);
    expect(answers).toBeGreaterThan(1);
  });

  it('chunks for good, makes the commit fail and leave nothing', async () => {
    const db = newDatabase();
    await storeOn(db).commit(commit);
    const store = storeOn(db, (plain) => ({
      insert: (name, documents) => plain.insert(name, name === 'symbol_checkpoints' ? documents.map(garbled) : documents),
      replace: (name, document, missing) => plain.replace(name, name === 'symbol_checkpoints' ? garbled(document) : document, missing),
    }));
    const failure = { code: 'STORE_FAILED', message: expect.stringMatching(/part '\w+' of revision 2 of 'BRK\.B' does not come back/) };
    await expect(store.commit(sampleCommit('BRK.B', 1, 2, { big: sampleBytes(100, 1) }))).rejects.toMatchObject(failure);
    expect(await readAll(storeOn(db), 'BRK.B')).toStrictEqual(expectedAfter(commit));
    await expectTidy(db, 'BRK.B', 1);
  });

  it.each(['its contents', 'its id'])('a record, in %s, makes the store write it again', async (what) => {
    const db = newDatabase();
    await storeOn(db).commit(commit);
    let isFirst = true;
    const store = storeOn(db, (plain) => ({
      insert(name, documents) {
        if (name !== 'symbol_revisions' || !isFirst) return plain.insert(name, documents);
        isFirst = false;
        const change = what === 'its id' ? { _id: 'garbled', symbol: 'garbled' } : { parts: [] };
        return plain.insert(name, [{ ...documents[0], ...change }]);
      },
    }));
    const next = sampleCommit('BRK.B', 1, 2);
    await store.commit(next);
    expect(await readAll(storeOn(db), 'BRK.B')).toStrictEqual(expectedAfter(next));
    await rawCollection(db, 'symbol_revisions').deleteOne({ _id: 'garbled' });
    await expectTidy(db, 'BRK.B', 2);
  });
});
