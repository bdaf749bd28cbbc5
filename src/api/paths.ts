// Where the server answers, relative to the page. Server and pages share these names; all are GET and answer JSON.

export const apiPaths = {
  /** Report. */
  report: 'api/report',
  stacks: 'api/stacks',
  heap: 'api/heap',
  heapTree: 'api/heap/tree',
  heapWhy: 'api/heap/why',
  /** TimelineAnswer; `points`: most points a series. */
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
