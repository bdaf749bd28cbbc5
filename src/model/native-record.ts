// A native trace as a case keeps it: what was seen and how, with names, because the binaries stay behind.
import type { NativeMemorySample, NativeProbe, NativeSiteNames, NativeTrace } from './native.ts';

export interface NativeRecord {
  readonly probe: NativeProbe;
  /** undefined when only sizes could be had. */
  readonly trace: NativeTrace | undefined;
  /** One for each site of the trace. */
  readonly names: readonly NativeSiteNames[];
  readonly memory: readonly NativeMemorySample[];
  /** false: a program without C. */
  readonly usesCgo: boolean | undefined;
  /** What was probed, as the target names it. */
  readonly allocator: { readonly object: string } | undefined;
  readonly tracer: string | undefined;
  readonly warnings: readonly string[];
}
