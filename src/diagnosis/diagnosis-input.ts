// What a diagnosis is made from: everything that was measured, each part with why it is missing where it is.
import type { Captured } from '../base/captured.ts';
import type { GoroutineGrowth, HeapGrowth, MemoryTrend } from '../model/growth.ts';
import type { HeapFacts } from '../model/heap-facts.ts';
import type { LedgerGrowth } from '../model/ledger.ts';
import type { NativeGrowth } from '../model/native.ts';
import type { MemoryLimit } from '../model/oom.ts';
import type { OwnershipOf } from '../model/ownership.ts';
import type { ThreadGrowth } from '../model/process-setup.ts';
import type { SourceFacts } from '../model/source-facts.ts';
import type { BuildFacts } from '../model/target.ts';

export interface DiagnosisInput {
  readonly build: BuildFacts | undefined;
  readonly window: { readonly spanMs: number; readonly captures: number };
  readonly heap: Captured<HeapGrowth>;
  readonly goroutines: Captured<GoroutineGrowth>;
  readonly memory: Captured<MemoryTrend>;
  /** Where resident memory goes; local targets only. */
  readonly ledger: Captured<LedgerGrowth>;
  /** A trace of C allocations; taken when memory outside the Go heap grows, and it is allowed. */
  readonly native: Captured<NativeGrowth>;
  /** Threads by the kernel function that they wait in, at the edges of the window. */
  readonly threads: Captured<ThreadGrowth>;
  /** What can end the growth of the process; empty when not known. */
  readonly limits: readonly MemoryLimit[];
  /** Who holds what, by a walk of the heap at the end of the window. */
  readonly walk: Captured<HeapFacts>;
  readonly source: SourceFacts;
  readonly ownership: OwnershipOf;
}
