// From `docker:NAME` and `systemd:UNIT` to the pid on this machine, by asking docker and systemctl.
// `pod:` lives on another machine; the way there is kubectl's port-forward, which the message spells out.
import { CaptureError } from '../base/errors.ts';
import type { NamedTarget } from './parse-target.ts';
import { type RunProgram, runProgram } from './run-program.ts';

export async function resolveNamedTarget(target: NamedTarget, run: RunProgram = runProgram): Promise<number> {
  const label = `${target.scheme}:${target.name}`;
  if (target.name.startsWith('-'))
    throw new CaptureError('E-CAPTURE-NAMED', `${label}: a name cannot start with a dash`);
  if (target.scheme === 'pod') {
    const [namespace, name] = target.name.includes('/') ? target.name.split('/', 2) : ['default', target.name];
    throw new CaptureError('E-CAPTURE-POD', `${label}: pods are not reached directly yet`, {
      advice: `Run \`kubectl -n ${namespace} port-forward pod/${name} 6060:6060\` and then \`leakline :6060\`.`,
    });
  }
  const [program, args] =
    target.scheme === 'docker'
      ? (['docker', ['inspect', '--type', 'container', '--format', '{{.State.Pid}}', target.name]] as const)
      : (['systemctl', ['show', '-p', 'MainPID', '--value', target.name]] as const);
  let answer: string;
  try {
    answer = await run(program, args);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new CaptureError(
      'E-CAPTURE-NAMED',
      missing
        ? `${label}: there is no \`${program}\` on this machine`
        : `${label}: ${program} fails: ${complaintOf(cause)}`,
      {
        advice: missing
          ? 'Point at the pid or at the pprof address instead.'
          : target.scheme === 'docker'
            ? 'List running containers with `docker ps`; asking docker may need root.'
            : 'List units with `systemctl list-units --type=service`.',
        cause,
      },
    );
  }
  const pid = Number(answer.trim());
  if (!Number.isSafeInteger(pid) || pid <= 0)
    throw new CaptureError('E-CAPTURE-NAMED', `${label} is not running`, {
      advice:
        target.scheme === 'docker' ? 'Start it, or see `docker ps -a`.' : `See \`systemctl status ${target.name}\`.`,
    });
  return pid;
}

/** The last line that the program wrote to stderr; execFile puts all of it into the message. */
function complaintOf(cause: unknown): string {
  const lines = (cause instanceof Error ? cause.message : String(cause)).trim().split('\n');
  return lines.at(-1)!.slice(0, 200);
}
