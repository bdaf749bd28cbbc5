// Where the server answers, relative to the page. Server and pages share these names; all are GET and answer JSON.

export const apiPaths = {
  report: 'api/report',
  stacks: 'api/stacks',
  heap: 'api/heap',
  heapTree: 'api/heap/tree',
  heapWhy: 'api/heap/why',
  timeline: 'api/timeline',
} as const;

/** What a failed request answers, with its status. */
export interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
}
