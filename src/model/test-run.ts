// What the process of one Go test package told of itself under the gate.

export interface TestRound {
  /** From 1. */
  readonly round: number;
  /** Since the first test began. */
  readonly elapsedMs: number;
  /** Just after a collection. */
  readonly heapAllocBytes: number;
  readonly heapObjects: number;
  readonly stackInuseBytes: number;
  readonly goroutines: number;
  readonly failed: boolean;
}

export interface TestRunFacts {
  readonly importPath: string;
  readonly directory: string;
  readonly goVersion: string;
  /** -count of the command itself; 1 lets the gate choose. */
  readonly userCount: number;
  readonly rounds: readonly TestRound[];
  /** The round, not the first, in which a test failed that had passed before: it cannot be repeated. */
  readonly repeatFailedIn: number | undefined;
  /** Rounds that were left after the first one had taken long. */
  readonly reducedTo: number | undefined;
  /** Rounds of each kind of test; undefined when the process ended before its tests did. */
  readonly finished: { readonly tests: number; readonly fuzzTests: number; readonly examples: number } | undefined;
}
