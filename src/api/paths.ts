// Where the server answers, relative to the page. Server and pages share these names; all are GET and answer JSON.

export const apiPaths = {
  report: 'api/report',
  timeline: 'api/timeline',
} as const;

/** What a failed request answers, with its status. */
export interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
}
