import { expect, it, onTestFinished, vi } from 'vitest';
import { nextToken } from '../../src/stores/lease-rules';

it('gives no token twice, also after the clock was ahead, and between a fresh one and those that follow another', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const given: number[] = [];
  for (const clock of ['2035-01-01', '2034-12-31', '2034-12-31T00:00:01Z']) {
    vi.setSystemTime(new Date(clock));
    // leases of a symbol that are released before anything is stored of it are forgotten: the next token is a fresh one
    for (let forgotten = 0; forgotten < 3; forgotten++) {
      given.push(nextToken());
      for (let more = 0; more < 3; more++) given.push(nextToken(given.at(-1)));
    }
  }
  expect(new Set(given).size).toBe(given.length);
});
