// Where the server answers, relative to the page. Server and pages share these names; all are GET and answer JSON.

export const apiPaths = {
  /** Report. */
  report: 'api/report',
  stacks: 'api/stacks',
  heap: 'api/heap',
  heapTree: 'api/heap/tree',
  heapWhy: 'api/heap/why',
  /** CasesAnswer. All paths take `case`, the id of a recording; the latest one by default. */
  cases: 'api/cases',
  /** TimelineAnswer; `points`: most points a series; `ledger` of a recording, which takes longer, only when asked for. */
  timeline: 'api/timeline',
  /** SourceAnswer; `file`, `line`, `around`. */
  source: 'api/source',
  /** GoroutinesAnswer; `search`, `sort`, `from`, `count`. */
  goroutines: 'api/goroutines',
  /** NativeAnswer. */
  native: 'api/native',
  /** OomAnswer. */
  oom: 'api/oom',
  /** DoctorAnswer. */
  doctor: 'api/doctor',
} as const;

/** What a failed request answers, with its status. */
export interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
}
