// What the doctor found as its JSON value, `leakline.doctor/1`.
import type { MachineFacts } from '../../capture/doctor/read-machine.ts';
import type { SubjectFacts } from '../../capture/doctor/read-subject.ts';
import type { Check } from './check.ts';
import { machineChecks } from './machine-checks.ts';
import { targetChecks } from './target-checks.ts';

export interface DoctorResult {
  readonly schema: 'leakline.doctor/1';
  readonly target?: { readonly label: string; readonly pid?: number };
  readonly summary: string;
  /** What can be done as things are. */
  readonly can: readonly string[];
  readonly checks: readonly CheckResult[];
}

export type CheckResult = Omit<Check, 'how'> & {
  readonly how: readonly { readonly where?: string; readonly command: string }[];
};

export function composeDoctor(machine: MachineFacts, subject: SubjectFacts | undefined, nowMs: number): DoctorResult {
  const checks = [...machineChecks(machine), ...(subject === undefined ? [] : targetChecks(subject, machine, nowMs))];
  const can = possibilities(checks, subject);
  return {
    schema: 'leakline.doctor/1',
    ...(subject === undefined
      ? {}
      : {
          target: {
            label: subject.label,
            ...(subject.process === undefined ? {} : { pid: subject.process.pid }),
          },
        }),
    summary:
      can.length === 0
        ? 'Nothing of this target can be looked into as it is; below is what is missing.'
        : `Works as it is: ${can.join(', ')}.`,
    can,
    checks: checks.map(({ how, ...check }) => ({
      ...check,
      how: how.map(({ where, command }) => (where === undefined ? { command } : { where, command })),
    })),
  };
}

/** Commands by name, for this target where there is one. */
function possibilities(checks: readonly Check[], subject: SubjectFacts | undefined): readonly string[] {
  const ok = (id: string): boolean => checks.some((check) => check.id === id && check.state === 'ok');
  const linux = ok('platform');
  if (subject === undefined)
    return [
      'a diagnosis of endpoints, profile files, case files and logs',
      ...(linux ? ['the ledger and regions of this user’s processes'] : []),
      ...(ok('rights') ? ['those of all processes'] : []),
      ...(ok('bpftrace') || (ok('memleak') && ok('rights')) ? ['native tracing'] : []),
      ...(ok('kernel-log') || ok('journal') ? ['the history of OOM kills'] : []),
    ];
  return [
    ...(ok('pprof') ? ['the diagnosis'] : []),
    ...(ok('smaps') ? ['the ledger', 'regions'] : []),
    ...(ok('memory') ? ['regions --peek'] : []),
    ...(ok('memory') && ok('go-version') ? ['the heap walk'] : []),
    ...(subject.process !== undefined && ok('bpftrace') ? ['native tracing'] : []),
    ...(ok('kernel-log') || ok('journal') ? ['the history of OOM kills'] : []),
  ];
}
