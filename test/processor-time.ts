/**
 * How long something keeps this process busy. What other processes do meanwhile does not count, so a test may have a bound on it, generous for what is
 * linear and far below what is not.
 *
 * @param work - what is measured
 * @returns milliseconds of processor time, of all threads
 */
export async function processorTime(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
