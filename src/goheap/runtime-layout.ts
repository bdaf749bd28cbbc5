// The runtime of one minor version of Go as data: where the fields of its structures are, and which way it does what it does
// differently from other versions. Nothing else in goheap asks for the version.
//
// Tables in layouts/ are written by scripts/make-layouts.mjs from the debug information of binaries of that version. Where
// the target has debug information of its own, `layout-from-dwarf.ts` makes the same value from it.
import type { constantNames, structFields } from './runtime-fields.ts';

type Optional<Text> = Text extends `${string}?` ? true : false;
type Values<Names> = {
  readonly [Key in keyof Names]: Optional<Names[Key]> extends true ? number | undefined : number;
};
type Structure<Of, Fields> = Optional<Of> extends true ? Fields | undefined : Fields;

/** Offsets in bytes (and widths of those fields whose width changes), by the names of `runtime-fields.ts`. */
export type StructLayouts = {
  readonly [Name in keyof typeof structFields]: Structure<
    (typeof structFields)[Name]['of'],
    Values<(typeof structFields)[Name]['fields']> & { readonly sizeBytes: number }
  >;
};

export type RuntimeConstants = Values<typeof constantNames>;

/**
 * How the runtime says which words of an object are pointers.
 * - two-bit-arena (until 1.19): heapArena.bitmap, 2 bits a word; the scan bit ends an object.
 * - one-bit-arena (1.20, 1.21): heapArena.bitmap, 1 bit a word, and noMorePtrs.
 * - in-span (1.22 and later): a bitmap at the end of spans of small objects, a header in front of larger ones, largeType.
 */
export type HeapBitmap = 'two-bit-arena' | 'one-bit-arena' | 'in-span';

export interface RuntimeLayout {
  /** `go1.26`. */
  readonly version: string;
  /** The toolchain whose binary was asked: `go1.26.8 linux/amd64`; `the target` when made from its debug information. */
  readonly madeFrom: string;
  readonly structs: StructLayouts;
  readonly constants: RuntimeConstants;
  readonly heapBitmap: HeapBitmap;
  /**
   * Bytes at the end of spans of 16 to 512 byte objects that hold Green Tea's marks, behind the heap bitmap; 0 without it
   * (it is the default from 1.26 on, and an experiment in 1.25). Source: runtime/mgcmark_greenteagc.go spanInlineMarkBits.
   */
  readonly inlineMarkBytes: number;
  readonly maps: 'buckets' | 'swiss';
  /** Index = g.waitreason: the words of Go's tracebacks. Source: runtime/runtime2.go waitReasonStrings. */
  readonly waitReasons: readonly string[];
  /** Index = g.atomicstatus without the scan bit; '' where there is no such state. */
  readonly goroutineStates: readonly string[];
}

/** Set in g.atomicstatus while the collector scans its stack. */
export const scanBit = 0x1000;

/**
 * heapArena index of address 0, to be added to address / heapArenaBytes. Source: runtime/malloc.go arenaBaseOffset:
 * 0xffff800000000000 on amd64, 0 on arm64.
 */
export const arenaIndexOfZero = { amd64: 0x200000, arm64: 0 } as const;
