import { readFileSync, writeFileSync } from 'node:fs';

/** Memory that a process has, MiB. */
export interface Memory {
  /** Now. */
  readonly now: number;
  /** Most since {@link forgetPeak}, where the system keeps that; else since the process began. */
  readonly peak: number;
}

/** @returns resident memory of this process */
export function residentMemory(): Memory {
  const now = process.memoryUsage.rss() / 2 ** 20;
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    if (kibibytes !== undefined) return { now, peak: Number(kibibytes) / 1024 };
  } catch {
    // not Linux
  }
  return { now, peak: process.resourceUsage().maxRSS / 1024 };
}

/** Lets the peak begin anew, where the system can. */
export function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // not Linux, or not allowed: peaks are since the process began
  }
}
