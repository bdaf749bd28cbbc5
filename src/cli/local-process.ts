// The process on this machine that a command looks into through /proc, however it was named, and how long it is watched.
import { UsageError } from '../base/errors.ts';
import { parseDuration } from '../base/format-duration.ts';
import { findServingProcess } from '../capture/find-pprof-port.ts';
import { parseTarget } from '../capture/parse-target.ts';
import type { PprofAddress } from '../capture/pprof-address.ts';
import { resolveNamedTarget } from '../capture/resolve-named-target.ts';

export interface LocalProcess {
  readonly pid: number;
  /** Where its pprof answers, when it was named by that. */
  readonly address: PprofAddress | undefined;
}

/** `command` is what the user called, for examples. Throws KnownError when no process of this machine is meant. */
export async function localProcessOf(word: string, command: string): Promise<LocalProcess> {
  const target = parseTarget([word], false);
  if (target.kind === 'pid') return { pid: target.pid, address: undefined };
  if (target.kind === 'named') return { pid: await resolveNamedTarget(target), address: undefined };
  if (target.kind === 'url') {
    const { hostname, port } = new URL(target.address.origin);
    const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
    const pid = isLocal && port !== '' ? await findServingProcess(Number(port)) : undefined;
    if (pid !== undefined) return { pid, address: target.address };
    throw new UsageError(
      `the process behind ${target.address.label} was not found on this machine`,
      `leakline ${command} reads /proc: give the pid, on the machine where it runs (as its user, or as root).`,
    );
  }
  throw new UsageError(`${word} is no running process`, `leakline ${command} 4242`);
}

/** `0` looks once. Throws UsageError. */
export function watchMsOf(text: string | undefined, otherwiseMs: number): number {
  if (text === undefined) return otherwiseMs;
  if (/^0+(ms|s|m|h)?$/.test(text)) return 0;
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new UsageError(`--for ${text} is not a duration`, 'Write 10s, 2m, or 0 for a single look.');
  return ms;
}
