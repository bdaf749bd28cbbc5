// Whom `leakline oom` is asked about. Unlike other targets it is often dead already, so a container or a unit is also known
// by its name in cgroup paths, and what docker and systemd remember of its end is noted.
// Sources: docker inspect (State.OOMKilled is unreliable from kernel 4.19 on, moby #38352), systemctl(1) show.
import { readFile } from 'node:fs/promises';
import { UsageError } from '../base/errors.ts';
import type { OomUnitEvent } from '../model/oom.ts';
import type { EvidenceGap } from './read-kernel-log.ts';
import { readPodStatus } from './read-pod-status.ts';
import { type RunProgram, runProgram } from './run-program.ts';

export interface OomSubjectFacts {
  readonly label: string;
  /** Of the process that runs now, or of the one that was asked for. */
  readonly pid?: number;
  readonly alive?: boolean;
  readonly comm?: string;
  readonly containerId?: string;
  readonly podUid?: string;
  readonly unit?: string;
  readonly word?: string;
  /** Its runner could not be asked, or does not know it: nothing ties it to processes or cgroups. */
  readonly unresolved?: boolean;
  /** What its runner says of restarts and of ends that were not for lack of memory. */
  readonly notes: readonly string[];
  /** What its runner says of kills. */
  readonly told: readonly OomUnitEvent[];
  readonly gaps: readonly EvidenceGap[];
}

const unitName = /\.(service|scope|slice|socket|mount)$/;

/** Throws UsageError for a word that names nothing. */
export async function resolveOomSubject(
  word: string,
  run: RunProgram = runProgram,
  procRoot = '/proc',
): Promise<OomSubjectFacts> {
  if (/^\d{1,10}$/.test(word)) return ofProcess(Number(word), `pid ${word}`, procRoot);
  const named = /^(docker|systemd|pod):(.+)$/.exec(word);
  const name = named?.[2] ?? word;
  if (name.startsWith('-') || name.trim() === '')
    throw new UsageError(
      `\`${word}\` is no pid, container or unit`,
      'For example: leakline oom 4242, docker:web, web.service',
    );
  if (named?.[1] === 'pod') {
    const [namespace = '', pod = ''] = name.includes('/') ? name.split('/', 2) : ['default', name];
    return ofPod(namespace, pod, word, run);
  }
  if (named?.[1] === 'docker') return ofContainer(name, word, run, procRoot);
  if (named?.[1] === 'systemd' || unitName.test(name))
    return ofUnit(unitName.test(name) ? name : `${name}.service`, run, procRoot);
  if (/^[0-9a-f]{12,64}$/.test(name))
    return { label: `container ${name.slice(0, 12)}`, containerId: name, notes: [], told: [], gaps: [] };
  return { label: word, word: name, notes: [], told: [], gaps: [] };
}

async function ofProcess(pid: number, label: string, procRoot: string): Promise<OomSubjectFacts> {
  const comm = await readFile(`${procRoot}/${pid}/comm`, 'utf8').catch(() => undefined);
  const status = await readFile(`${procRoot}/${pid}/status`, 'utf8').catch(() => '');
  const alive = comm !== undefined && !/^State:\s+[ZX]/m.test(status);
  return {
    label: comm === undefined ? label : `${label} (${comm.trim()})`,
    pid,
    alive,
    ...(comm === undefined ? {} : { comm: comm.trim() }),
    notes: [],
    told: [],
    gaps: [],
  };
}

async function ofPod(namespace: string, pod: string, label: string, run: RunProgram): Promise<OomSubjectFacts> {
  const answer = await readPodStatus(namespace, pod, run);
  if (answer.status === undefined) return { label, unresolved: true, notes: [], told: [], gaps: [answer.gap] };
  const { status } = answer;
  return { label, podUid: status.uid, notes: status.notes, told: status.kills, gaps: [] };
}

async function ofContainer(name: string, label: string, run: RunProgram, procRoot: string): Promise<OomSubjectFacts> {
  const format =
    '{{.Id}} {{.State.Pid}} {{.State.OOMKilled}} {{.State.ExitCode}} {{.RestartCount}} {{.State.FinishedAt}}';
  try {
    const answer = await run('docker', ['inspect', '--type', 'container', '--format', format, name]);
    const [id = '', pid, oomKilled, exitCode, restarts, finished = ''] = answer.trim().split(' ');
    const live = Number(pid) > 0 ? await ofProcess(Number(pid), label, procRoot) : undefined;
    const notes = [
      ...(live === undefined ? [`docker says that it ended with exit code ${exitCode}`] : []),
      ...(Number(restarts) > 0 ? [`docker has restarted it ${restarts} times`] : []),
    ];
    const told = oomKilled === 'true' ? [killTold('docker', label, 'it was OOM-killed', Date.parse(finished))] : [];
    return { ...(live ?? { gaps: [] }), label, ...(id === '' ? { word: name } : { containerId: id }), notes, told };
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return {
      label,
      // Paths of cgroups carry the id of a container, never its name.
      ...(/^[0-9a-f]{12,64}$/.test(name) ? { containerId: name } : { unresolved: true }),
      notes: [],
      told: [],
      gaps: [
        {
          where: 'docker',
          why: missing ? 'there is no docker on this machine' : lastLine(error),
          how: missing
            ? 'give the container id, which cgroup paths carry: leakline oom <64 hex digits>'
            : `docker ps -a   (asking docker needs root or the group docker; of a container that was removed only its id is left, in logs)`,
        },
      ],
    };
  }
}

async function ofUnit(unit: string, run: RunProgram, procRoot: string): Promise<OomSubjectFacts> {
  const label = `unit ${unit}`;
  try {
    const answer = await run('systemctl', [
      'show',
      '-p',
      'MainPID',
      '-p',
      'Result',
      '-p',
      'NRestarts',
      '-p',
      'LoadState',
      unit,
    ]);
    const value = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, 'm').exec(answer)?.[1];
    const pid = Number(value('MainPID'));
    const live = pid > 0 ? await ofProcess(pid, label, procRoot) : undefined;
    const restarts = Number(value('NRestarts') ?? 0);
    return {
      ...(live ?? { gaps: [] }),
      label,
      unit,
      notes: [
        ...(restarts > 0 ? [`systemd has restarted it ${restarts} times`] : []),
        ...(value('LoadState') === 'not-found' ? [`systemd knows no unit ${unit} now`] : []),
      ],
      told:
        value('Result') === 'oom-kill'
          ? [killTold('systemd', unit, 'its last run ended with result oom-kill', NaN)]
          : [],
    };
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return {
      label,
      unit,
      notes: [],
      told: [],
      gaps: [
        {
          where: 'systemd',
          why: missing ? 'there is no systemctl on this machine' : lastLine(error),
          how: `systemctl status ${unit}`,
        },
      ],
    };
  }
}

function killTold(by: 'docker' | 'systemd', unit: string, text: string, atMs: number): OomUnitEvent {
  return { atMs: atMs > 0 ? atMs : undefined, hostname: undefined, unit, by, text, source: by };
}

function lastLine(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n');
  return lines.at(-1)!.slice(0, 200);
}
