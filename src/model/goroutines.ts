// The goroutines of one moment, from a `debug=2` dump, a panic or a SIGQUIT traceback: one row a goroutine.
// Source of the text: runtime/traceback.go goroutineheader and printcreatedby.
import type { StackTable } from './stacks.ts';

export interface GoroutineTable {
  readonly length: number;
  readonly id: Float64Array;
  /** Row of `states`. */
  readonly state: Int32Array;
  /** Different wait reasons as Go prints them, without age and marks: `chan receive`, `sync.Mutex.Lock`, `IO wait`. */
  readonly states: readonly string[];
  /** Whole minutes blocked as printed; 0 when under a minute or not printed. */
  readonly waitMinutes: Int32Array;
  /** Row of `stacks`; -1 when the traceback has no frames. */
  readonly stack: Int32Array;
  /** Row of `stacks.frames` of the `created by` line; -1 for the main goroutine and where it is not printed. */
  readonly createdBy: Int32Array;
  /** Goroutine id that ran the go statement (Go 1.21+); 0 when not printed. */
  readonly creatorId: Float64Array;
  /** 1 where the runtime marked the goroutine `(leaked)` (Go 1.26+). */
  readonly leaked: Uint8Array;
  /** 1 where the goroutine is locked to a thread. */
  readonly lockedToThread: Uint8Array;
  /** Labels of row i (Go 1.27 headers), or undefined. */
  readonly labels: readonly (Readonly<Record<string, string>> | undefined)[];
  /** 1 where the runtime left frames out (`...additional frames elided...`). */
  readonly elided: Uint8Array;
  readonly stacks: StackTable;
  readonly warnings: readonly string[];
}
