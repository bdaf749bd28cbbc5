// How a report is written for people.
export interface TextOptions {
  readonly color: boolean;
  readonly width: number;
  /** Findings and rows to show. */
  readonly top: number;
  readonly verbose: boolean;
  /** Paths below it are shown relative to it. */
  readonly cwd: string;
}
