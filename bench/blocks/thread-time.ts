import { openSync, readSync } from 'node:fs';

const text = Buffer.alloc(128);

/**
 * @returns a clock of the milliseconds that a processor worked for the main thread: from the scheduler of Linux, elsewhere those of all threads of the process
 */
export function threadClock(): () => number {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
    return () => Number(text.toString('latin1', 0, readSync(file, text, 0, text.length, 0)).split(' ')[0]) / 1e6;
  } catch {
    return () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    };
  }
}
