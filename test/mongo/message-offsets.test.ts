import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MessageOffsets } from './message-offsets';

/** A message of so many bytes. */
function message(length: number): number[] {
  return [length & 255, length >> 8, 0, 0, ...Array.from({ length: length - 4 }, () => 255)];
}

it('finds where each message begins, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 16, max: 600 }), { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
      (lengths, cuts) => {
        const stream = Uint8Array.from(lengths.flatMap(message));
        const offsets = new MessageOffsets();
        const found: number[] = [];
        for (let at = 0, cut = 0; at < stream.length; at += cuts[cut++ % cuts.length]) {
          found.push(...offsets.next(stream.subarray(at, at + cuts[cut % cuts.length])));
        }
        expect(found).toEqual(lengths.flatMap((length) => Array.from({ length }, (_, i) => i)));
      },
    ),
    { seed: 7, numRuns: 100 },
  );
});

it('takes what cannot be a message for one without an end', () => {
  expect([...new MessageOffsets().next(Uint8Array.from([3, 0, 0, 0, 16, 0, 0, 0]))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});
