// One decoded pprof profile as columns, in the shape of the wire format: samples → locations → lines → functions.
// Source of the format: github.com/google/pprof proto/profile.proto; Go's writer: runtime/pprof/proto.go.
// Nothing is merged or scaled here; `decode/pprof` fills it, `growth` reads it.

export type ProfileKind =
  | 'heap' // inuse_* and alloc_* (runtime/pprof "heap" and "allocs" have the same four columns)
  | 'goroutine'
  | 'goroutineleak'
  | 'threadcreate'
  | 'cpu'
  | 'block'
  | 'mutex'
  | 'other';

export interface ValueType {
  /** e.g. `inuse_space`, `goroutine`, `alloc_objects`. */
  readonly type: string;
  /** e.g. `bytes`, `count`, `nanoseconds`. */
  readonly unit: string;
}

export interface ProfileTable {
  readonly kind: ProfileKind;
  readonly sampleTypes: readonly ValueType[];
  /** What a viewer shows first; '' when the profile does not say. */
  readonly defaultSampleType: string;
  readonly periodType: ValueType | undefined;
  /** Heap: mean bytes between samples (512 KiB unless the program set runtime.MemProfileRate); 0 when absent. */
  readonly period: number;
  /** Wall clock of the program when it wrote the profile, in ms since 1970; 0 when absent. */
  readonly timeMs: number;
  readonly durationMs: number;
  /** True when values are already scaled up from samples to estimates (protobuf), false for legacy text. */
  readonly scaled: boolean;
  readonly samples: SampleColumns;
  readonly locations: LocationColumns;
  readonly functions: FunctionColumns;
  readonly mappings: readonly Mapping[];
  readonly comments: readonly string[];
  /** Oddities that did not stop decoding, for the report's `warnings`. */
  readonly warnings: readonly string[];
}

export interface SampleColumns {
  readonly length: number;
  /** One column a sample type, in the order of `sampleTypes`. */
  readonly values: readonly Float64Array[];
  /** CSR: the locations of sample i are location[locationStart[i] … locationStart[i+1]), leaf first. */
  readonly locationStart: Int32Array;
  /** Rows of `locations`. */
  readonly location: Int32Array;
  /** CSR over `labels`; undefined when the profile has none. */
  readonly labelStart: Int32Array | undefined;
  readonly labels: readonly Label[];
}

export interface Label {
  readonly key: string;
  /** String label, or the number with its unit as text. */
  readonly value: string;
}

export interface LocationColumns {
  readonly length: number;
  /** CSR: lines of location i are [lineStart[i] … lineStart[i+1]), innermost (inlined) first. */
  readonly lineStart: Int32Array;
  /** Row of `functions`, or -1. */
  readonly lineFunction: Int32Array;
  readonly lineNumber: Int32Array;
  /** Exact to 2^53, which covers every user address of Linux on amd64 and arm64. */
  readonly address: Float64Array;
}

export interface FunctionColumns {
  readonly length: number;
  /** Strings are decoded when asked for: most are never shown. */
  name(row: number): string;
  file(row: number): string;
}

export interface Mapping {
  readonly start: number;
  readonly limit: number;
  readonly file: string;
  readonly buildId: string;
}
