// Was it killed for want of memory, and when is it next.
import type { OomAnswer } from '../../api/oom.ts';
import { mergeOomLogs } from '../../ledger/oom-evidence.ts';
import { missing } from '../part-of.ts';
import type { AnalysedCase } from '../served.ts';

const mostOthers = 20;

export function composeOom({ analysis }: AnalysedCase): OomAnswer {
  const { report, decoded, process } = analysis;
  const { oom } = decoded;
  const pid = report.target.pid ?? 'PID';
  const own = new Set((report.oom ?? []).map((kill) => `${kill.pid} ${kill.at}`));
  const others = mergeOomLogs(oom?.logs ?? [])
    .kills.map((kill) => ({
      ...(kill.atMs === undefined ? {} : { at: new Date(kill.atMs).toISOString() }),
      pid: kill.pid,
      comm: kill.comm,
      ...(kill.cgroup === undefined ? {} : { cgroup: kill.cgroup }),
      ...(kill.anonRssBytes === undefined ? {} : { anonRssBytes: kill.anonRssBytes }),
    }))
    .filter((kill) => !own.has(`${kill.pid} ${kill.at}`))
    .sort((a, b) => (b.at ?? '').localeCompare(a.at ?? ''));
  return {
    kills:
      report.oom === undefined
        ? missing(
            oom === undefined ? 'nobody asked the kernel' : (oom.gaps[0] ?? 'the kernel does not count them'),
            `sudo leakline oom ${pid}`,
          )
        : { kind: 'captured', value: report.oom },
    ...(oom?.hostKills === undefined ? {} : { hostKills: oom.hostKills }),
    ...(oom?.cgroupKills === undefined ? {} : { cgroupKills: oom.cgroupKills }),
    ...(oom?.subject.cgroup === undefined ? {} : { cgroup: oom.subject.cgroup }),
    others: others.slice(0, mostOthers),
    logs: (oom?.logs ?? []).map(({ source, lines }) => ({ source, lines })),
    gaps: oom?.gaps ?? [],
    forecast:
      report.forecast === undefined
        ? missing('no limit could be read', `leakline oom ${pid} --for 1m`)
        : { kind: 'captured', value: report.forecast },
    limits:
      process.limits.length === 0
        ? missing('no limit could be read', `leakline oom ${pid}`)
        : {
            kind: 'captured',
            value: process.limits.map(({ kind, name, limitBytes, usedBytes }) => ({
              kind,
              name,
              limitBytes,
              ...(usedBytes === undefined ? {} : { usedBytes }),
            })),
          },
  };
}
