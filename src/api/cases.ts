// The runs that this server can show: one, or all recordings of a store.

export interface CasesAnswer {
  /** The one that was recorded last comes first; empty when there is only the one run that is shown. */
  readonly cases: readonly CaseRow[];
  /** Of the one that is shown; absent when it is no recording. */
  readonly shown?: string;
  /** It is being recorded right now: values are worth asking for again. */
  readonly live: boolean;
}

export interface CaseRow {
  readonly id: string;
  readonly label: string;
  /** ms since 1970; absent when nothing was captured yet. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly captures: number;
  readonly verdict?: string;
}
