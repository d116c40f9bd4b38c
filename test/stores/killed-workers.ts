import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { runCrashingProgram } from '../../src/testing';

/**
 * Starts a worker and kills it in the middle of a turn. That holds on slow and fast machines: the turns before it are about as long as the one that is cut.
 *
 * @param args - program and arguments of a worker, which writes a line when it begins and after each turn
 * @param turns - how many turns it finishes, 0 or more
 * @param share - when it is killed in the next turn, as a share of its length, 0 to 1
 * @param turnLength - milliseconds of a turn, if it finishes none
 * @returns milliseconds of a turn
 */
export async function killInTurn(args: readonly string[], turns: number, share: number, turnLength = 0): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const start = performance.now();
  for (let turn = 0; turn < turns; turn++) await once(child.stdout, 'data');
  const length = turns > 0 ? (performance.now() - start) / turns : turnLength;
  await pause(share * length);
  child.kill('SIGKILL');
  expect(await once(child, 'close')).toStrictEqual([null, 'SIGKILL']);
  return length;
}

/**
 * Runs two rivals to their end, while others die beside them, one after the other.
 *
 * @param rival - program and arguments of each rival
 * @param dying - those of one that dies, by how many were started before it
 * @returns how many were started to die, and how many of them did
 */
export async function dieAmongRivals(
  rival: readonly string[],
  dying: (before: number) => readonly string[],
): Promise<{ started: number; died: number }> {
  let racing = true;
  const rivals = Promise.all([runCrashingProgram(rival), runCrashingProgram(rival)]).finally(() => {
    racing = false;
  });
  let started = 0;
  let died = 0;
  const others = async () => {
    for (; racing; started++) if ((await runCrashingProgram(dying(started))) === 'died') died++;
  };
  const [ends] = await Promise.all([rivals, others()]);
  expect(ends).toStrictEqual(['finished', 'finished']);
  expect(died).toBeGreaterThan(0);
  return { started, died };
}
