// `leakline doctor [target]`: what is possible on this machine and for this target, and what would make more possible.
import { UsageError } from '../../base/errors.ts';
import { readMachine } from '../../capture/doctor/read-machine.ts';
import { readSubject, type SubjectFacts } from '../../capture/doctor/read-subject.ts';
import { findServingProcess } from '../../capture/find-pprof-port.ts';
import { parseTarget } from '../../capture/parse-target.ts';
import type { PprofAddress } from '../../capture/pprof-address.ts';
import { goPathsFromEnvironment } from '../../capture/read-sources.ts';
import { resolveNamedTarget } from '../../capture/resolve-named-target.ts';
import { composeDoctor, type DoctorResult } from '../doctor/compose-doctor.ts';
import { renderDoctor } from '../doctor/render-doctor.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { type CaptureFlags, clientOptionsOf, formatOf, type OutputFlags } from '../options.ts';
import { writeOutput } from '../write-output.ts';

export type DoctorFlags = Pick<CaptureFlags, 'header' | 'user' | 'insecure' | 'cacert' | 'timeout'> & OutputFlags;

export async function runDoctor(word: string | undefined, flags: DoctorFlags, io: CliIo): Promise<ExitCode> {
  const format = formatOf(flags);
  if (format === 'md') throw new UsageError('--format md is not available for the doctor', 'Use text or json.');
  const result = await examine(word, flags, io);
  const color = flags.color !== false && io.stdout.isTTY === true && (io.env['NO_COLOR'] ?? '') === '';
  await writeOutput(
    io,
    flags.output,
    format === 'json'
      ? `${JSON.stringify(result, null, 2)}\n`
      : renderDoctor(result, {
          color,
          width: Math.min(120, Math.max(70, io.stdout.columns ?? 100)),
          verbose: flags.verbose === true,
        }),
  );
  return 0;
}

/** What this machine, and the target where there is one, allow. */
export async function examine(word: string | undefined, flags: DoctorFlags, io: CliIo): Promise<DoctorResult> {
  const machine = readMachine(io.env['PATH'] ?? '', io.interrupt);
  // A target that cannot be found is said at once; nobody waits for the rest then.
  machine.catch(() => undefined);
  const subject = word === undefined ? undefined : await subjectOf(word, flags, io);
  return composeDoctor(await machine, subject, io.nowMs());
}

async function subjectOf(word: string, flags: DoctorFlags, io: CliIo): Promise<SubjectFacts> {
  const { pid, address, label } = await placeOf(word);
  return readSubject({
    pid,
    address,
    label,
    client: await clientOptionsOf(flags),
    sourcePaths: goPathsFromEnvironment(io.env, io.home),
    signal: io.interrupt,
  });
}

async function placeOf(
  word: string,
): Promise<{ pid: number | undefined; address: PprofAddress | undefined; label: string }> {
  const target = parseTarget([word], false);
  switch (target.kind) {
    case 'pid':
      return { pid: target.pid, address: undefined, label: `pid ${target.pid}` };
    case 'named':
      return { pid: await resolveNamedTarget(target), address: undefined, label: word };
    case 'url': {
      const { hostname, port } = new URL(target.address.origin);
      const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
      const pid = isLocal && port !== '' ? await findServingProcess(Number(port)) : undefined;
      return { pid, address: target.address, label: target.address.label };
    }
    default:
      throw new UsageError(
        `${word} is no running service`,
        'The doctor looks at a pid, docker:NAME, systemd:UNIT or a pprof address; files need no doctor: leakline FILE.',
      );
  }
}
