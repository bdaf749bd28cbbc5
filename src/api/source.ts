// Lines of a source file that the diagnosis read.

export interface SourceAnswer {
  readonly file: string;
  /** Number of the first line in `lines`. */
  readonly firstLine: number;
  readonly lines: readonly string[];
  /** Of the whole file. */
  readonly lineCount: number;
}
