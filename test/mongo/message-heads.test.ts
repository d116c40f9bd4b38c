import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MessageHeads } from './message-heads';

const OP_REPLY = 1;
const OP_MSG = 2_013;

/** A message of so many bytes. */
function message(length: number, kind: number): Uint8Array {
  const bytes = Buffer.alloc(length, 255);
  bytes.writeInt32LE(length, 0);
  bytes.writeInt32LE(kind, 12);
  return bytes;
}

it('tells heads from bodies, however the stream is cut', () => {
  const messages = fc.array(fc.tuple(fc.integer({ min: 16, max: 600 }), fc.constantFrom(OP_REPLY, OP_MSG)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(([length, kind]) => message(length, kind)));
      const heads = new MessageHeads();
      const found: number[] = [];
      for (let at = 0, cut = 0; at < stream.length; at += cuts[cut++ % cuts.length]) {
        const chunk = stream.subarray(at, at + cuts[cut % cuts.length]);
        found.push(...heads.bodies(chunk).map((position) => at + position));
      }
      let start = 0;
      const expected = sent.flatMap(([length, kind]) => {
        const from = start + (kind === OP_REPLY ? 40 : 25);
        start += length;
        return Array.from({ length: Math.max(0, start - from) }, (_, i) => from + i);
      });
      expect(found).toEqual(expected);
    }),
    { seed: 7, numRuns: 200 },
  );
});

it('takes what cannot be a message for one without an end', () => {
  const bytes = Buffer.concat([message(16, OP_MSG), Buffer.from([3, 0, 0, 0]), message(40, OP_MSG)]);
  expect(new MessageHeads().bodies(bytes)[0]).toBe(16 + 25);
  expect(new MessageHeads().bodies(bytes)).toHaveLength(bytes.length - 16 - 25);
});
