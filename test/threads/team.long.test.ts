import { expect, it, vi } from 'vitest';
import { Control } from '../../src/threads/control';
import { Team } from '../../src/threads/team';

it('a team goes on when its sections have used up their numbers', () => {
  const team = new Team(new Control());
  vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    throw new Error('a leader that is alone waits for nobody');
  });
  const sections = 2 ** 24 + 3;
  let done = 0;
  for (let i = 0; i < sections; i++) {
    team.share([], 1, () => {
      done++;
    });
  }
  expect(done).toBe(sections);
});
