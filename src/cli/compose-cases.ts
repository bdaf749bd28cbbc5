// The JSON value of `leakline cases` (leakline.cases/1) from what a store says. Pure; the text is made of the same value.
import type { CaseSummary } from '../model/recording.ts';

export interface CasesResult {
  readonly schema: 'leakline.cases/1';
  readonly store: { readonly place: string; readonly bytes: number };
  /** The one that was recorded last comes first. */
  readonly cases: readonly CaseResult[];
}

export interface CaseResult {
  readonly id: string;
  readonly target: {
    readonly kind: string;
    readonly label: string;
    readonly pid?: number;
    readonly goVersion?: string;
    readonly module?: string;
  };
  /** Absent when nothing was captured yet. */
  readonly from?: string;
  readonly to?: string;
  readonly captures: number;
  readonly profiles: number;
  readonly incarnations: number;
  readonly bytes: number;
  /** Of the latest report; absent before the first one. */
  readonly verdict?: string;
  readonly summary?: string;
}

export function composeCases(place: string, bytes: number, cases: readonly CaseSummary[]): CasesResult {
  return { schema: 'leakline.cases/1', store: { place, bytes }, cases: cases.map(caseResult) };
}

function caseResult(summary: CaseSummary): CaseResult {
  const { id, target, fromMs, toMs, captures, profiles, incarnations, bytes, verdict } = summary;
  const { goVersion, modulePath } = target.build ?? {};
  return {
    id,
    target: {
      kind: target.kind,
      label: target.label,
      ...(target.pid === undefined ? {} : { pid: target.pid }),
      ...(goVersion === undefined ? {} : { goVersion }),
      ...(modulePath === undefined ? {} : { module: modulePath }),
    },
    ...(fromMs === undefined ? {} : { from: new Date(fromMs).toISOString() }),
    ...(toMs === undefined ? {} : { to: new Date(toMs).toISOString() }),
    captures,
    profiles,
    incarnations,
    bytes,
    ...(verdict === undefined ? {} : { verdict }),
    ...(summary.summary === undefined ? {} : { summary: summary.summary }),
  };
}
