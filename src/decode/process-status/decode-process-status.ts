// /proc/PID/status → ProcessMemory. Source: proc_pid_status(5); values in kB there are KiB. The line `OpenFiles: N` is
// added by capture. A line that is missing stays undefined.
import { DecodeError } from '../../base/errors.ts';
import type { ProcessMemory } from '../../model/memory-stats.ts';

/** Throws DecodeError when the text is not a status file. */
export function decodeProcessStatus(text: string): ProcessMemory {
  if (!/^(Name|State|VmRSS|Threads):/m.test(text))
    throw new DecodeError('process-status', 0, 'lines of /proc/PID/status');
  const number = (name: string): number | undefined => {
    const match = new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text);
    return match === null ? undefined : Number(match[1]);
  };
  const kib = (name: string): number | undefined => {
    const value = number(name);
    return value === undefined ? undefined : value * 1024;
  };
  return {
    rssBytes: kib('VmRSS'),
    rssAnonBytes: kib('RssAnon'),
    rssFileBytes: kib('RssFile'),
    rssShmemBytes: kib('RssShmem'),
    swapBytes: kib('VmSwap'),
    threads: number('Threads'),
    openFiles: number('OpenFiles'),
  };
}
