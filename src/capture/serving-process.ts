// Which process of this machine stands behind what the user pointed at, and what is told of the target because of it.
import { KnownError } from '../base/errors.ts';
import type { TargetFacts } from '../model/target.ts';
import { findServingProcess } from './find-pprof-port.ts';
import type { PprofAddress } from './pprof-address.ts';
import type { PprofClient } from './pprof-client.ts';
import { type ProcessFacts, readProcessFacts } from './read-process.ts';

export function targetOf(named: Pick<TargetFacts, 'kind' | 'label'>, process: ProcessFacts | undefined): TargetFacts {
  return {
    ...named,
    ...(process === undefined ? {} : { pid: process.pid }),
    ...(process?.exe === undefined ? {} : { exe: process.exe }),
    ...(process?.build === undefined ? {} : { build: process.build }),
    ...(process?.startedAtMs === undefined ? {} : { startedAtMs: process.startedAtMs }),
  };
}

/**
 * The process on this machine that a loopback address leads to: it adds build info and /proc values. What listens may be
 * a forwarder (ssh, kubectl, docker-proxy), so it must have the very command line that the endpoint tells.
 */
export async function localProcess(
  client: PprofClient,
  address: PprofAddress,
  signal: AbortSignal | undefined,
): Promise<ProcessFacts | undefined> {
  const url = new URL(address.origin);
  if (!['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) return undefined;
  await client.open(signal);
  const pid = await findServingProcess(Number(url.port || (url.protocol === 'https:' ? 443 : 80)));
  if (pid === undefined) return undefined;
  try {
    const facts = await readProcessFacts(pid);
    const told = new TextDecoder().decode((await client.fetchProfile('cmdline', { signal, retries: 0 })).body);
    return told === facts.cmdline.join('\0') ? facts : undefined;
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return undefined;
  }
}
