// What Kubernetes remembers of a pod: which containers were killed for lack of memory, when, how long they were away.
// Asked through kubectl, with the rights and the cluster that it has. Source: PodStatus of the core/v1 API. It keeps the
// last end of each container only; a killed child of a container's first process it does not see.
import { formatDuration } from '../base/format-duration.ts';
import type { OomUnitEvent } from '../model/oom.ts';
import type { EvidenceGap } from './read-kernel-log.ts';
import type { RunProgram } from './run-program.ts';

export interface PodStatus {
  /** The cgroups of its containers carry it. */
  readonly uid: string;
  readonly kills: readonly OomUnitEvent[];
  /** Restarts, and ends for other reasons. */
  readonly notes: readonly string[];
}

interface Ended {
  readonly reason?: string;
  readonly exitCode?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: {
    readonly running?: { readonly startedAt?: string };
    readonly waiting?: { readonly reason?: string };
    readonly terminated?: Ended;
  };
  readonly lastState?: { readonly terminated?: Ended };
}

/** Never throws: without an answer the gap says why, and what to do. */
export async function readPodStatus(
  namespace: string,
  pod: string,
  run: RunProgram,
): Promise<{ status: PodStatus } | { status: undefined; gap: EvidenceGap }> {
  const args = ['-n', namespace, 'get', 'pod', pod, '-o', 'json'];
  let answer: string;
  try {
    answer = await run('kubectl', args);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n');
    return noStatus(
      missing ? 'there is no kubectl on this machine' : lines.at(-1)!.slice(0, 200),
      missing
        ? `where there is one: kubectl ${args.join(' ')}; and on the node of the pod: leakline oom <id of the container>`
        : `kubectl ${args.join(' ')}`,
    );
  }
  try {
    const told = JSON.parse(answer) as {
      metadata: { uid: string };
      status?: { initContainerStatuses?: ContainerStatus[]; containerStatuses?: ContainerStatus[] };
    };
    const containers = [...(told.status?.initContainerStatuses ?? []), ...(told.status?.containerStatuses ?? [])];
    return {
      status: {
        uid: told.metadata.uid,
        kills: containers.flatMap((one) => killsOf(one, `${namespace}/${pod}, container ${one.name}`)),
        notes: containers.flatMap(notesOf),
      },
    };
  } catch {
    return noStatus('kubectl answers with something else than a pod', `kubectl ${args.join(' ')}`);
  }
}

function noStatus(why: string, how: string): { status: undefined; gap: EvidenceGap } {
  return { status: undefined, gap: { where: 'kubernetes', why, how } };
}

const endsOf = ({ state, lastState }: ContainerStatus): readonly Ended[] =>
  [state?.terminated, lastState?.terminated].filter((ended) => ended !== undefined);

function killsOf(container: ContainerStatus, unit: string): readonly OomUnitEvent[] {
  return endsOf(container)
    .filter((ended) => ended.reason === 'OOMKilled')
    .map((ended): OomUnitEvent => {
      const atMs = Date.parse(ended.finishedAt ?? '');
      const ranMs = atMs - Date.parse(ended.startedAt ?? '');
      const awayMs = Date.parse(container.state?.running?.startedAt ?? '') - atMs;
      const text = [
        `OOMKilled, exit code ${ended.exitCode ?? 'unknown'}`,
        ...(ranMs >= 0 ? [`after ${formatDuration(ranMs)}`] : []),
        ...(awayMs >= 0 ? [`back ${formatDuration(awayMs)} later`] : []),
        ...(container.state?.waiting?.reason === undefined ? [] : [`now ${container.state.waiting.reason}`]),
      ].join(', ');
      const known = Number.isNaN(atMs) ? undefined : atMs;
      return { atMs: known, hostname: undefined, unit, by: 'kubernetes', text, source: 'kubectl' };
    });
}

function notesOf(container: ContainerStatus): readonly string[] {
  const restarts = container.restartCount ?? 0;
  const others = endsOf(container).filter((ended) => ended.reason !== 'OOMKilled' && (ended.exitCode ?? 0) !== 0);
  return [
    ...(restarts > 0
      ? [`Kubernetes has restarted container ${container.name} ${restarts === 1 ? 'once' : `${restarts} times`}`]
      : []),
    ...others.map(
      ({ reason, exitCode }) =>
        `container ${container.name} ended with exit code ${exitCode} (${reason ?? 'no reason given'})${exitCode === 137 ? ': it was killed, Kubernetes does not say by what' : ''}`,
    ),
  ];
}
