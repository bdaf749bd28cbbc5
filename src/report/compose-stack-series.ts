// Values of all stacks at all moments → those of the largest stacks at a few moments, small enough to send or to save.
// What is small is added up below its caller, so that every sum stays what it was.
import type { HeapGrowth, StackValues } from '../model/growth.ts';
import type { OwnershipOf } from '../model/ownership.ts';
import { frameAt, noStack } from '../model/stacks.ts';
import type { StackSeries } from './stack-series.ts';

export interface StackSeriesWish {
  /** The moments nearest to these, ms since 1970; undefined: `mostMoments` over the whole window. */
  readonly momentsMs?: readonly number[];
  readonly mostMoments: number;
  readonly mostStacks: number;
  readonly ownership: OwnershipOf;
}

/** What of the growth of a heap is looked at. */
type StacksOverTime = Pick<HeapGrowth, 'stacks' | 'atMs' | 'totalSeries' | 'stackGrowth' | 'stackValues'>;

const mostTimelinePoints = 500;

export function composeStackSeries(heap: StacksOverTime, wish: StackSeriesWish): StackSeries {
  const moments = momentsOf(heap.atMs, wish);
  const { stacks, stackValues } = heap;
  const shown = new Set(heap.stackGrowth.rows);
  const entries = Array.from(stackValues.rows.keys()).filter((entry) => shown.has(stackValues.rows[entry]!));
  const kept = keptRows(heap, moments, entries, wish.mostStacks);
  const rows = numberRows(kept, heap, entries);
  const pick = (columns: readonly Float64Array[]): number[][] =>
    moments.map((moment) => sumsOf(columns[moment]!, stackValues, entries, rows));
  const frames = framesOfRows(heap, rows, wish.ownership);
  const timeline = spread(heap.atMs.length, mostTimelinePoints);
  return {
    schema: 'leakline.stacks/1',
    atMs: moments.map((moment) => heap.atMs[moment]!),
    timeline: {
      atMs: timeline.map((moment) => heap.atMs[moment]!),
      bytes: timeline.map((moment) => Math.round(heap.totalSeries[moment] ?? 0)),
    },
    frames: frames.table,
    prefix: rows.stackRow.map((stack, row) =>
      stack === noStack ? rows.under[row]! : rowOf(rows, stacks.prefix[stack]!),
    ),
    frame: rows.stackRow.map((stack) => (stack === noStack ? -1 : frames.of.get(stacks.frame[stack]!)!)),
    inuseBytes: pick(stackValues.inuseBytes),
    inuseObjects: pick(stackValues.inuseObjects),
    ...(stackValues.allocBytes === undefined ? {} : { allocBytes: pick(stackValues.allocBytes) }),
    ...(stackValues.allocObjects === undefined ? {} : { allocObjects: pick(stackValues.allocObjects) }),
    smallStacks: rows.small,
  };
}

/** `most` positions of `length`, evenly spread, the first and the last among them. */
function spread(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, index) => index);
  const step = (length - 1) / Math.max(1, most - 1);
  return Array.from({ length: most }, (_, index) => Math.round(index * step));
}

function momentsOf(atMs: Float64Array, { momentsMs, mostMoments }: StackSeriesWish): number[] {
  if (momentsMs === undefined) return spread(atMs.length, mostMoments);
  const nearest = momentsMs.map((wanted) =>
    atMs.reduce((best, at, index) => (Math.abs(at - wanted) < Math.abs(atMs[best]! - wanted) ? index : best), 0),
  );
  return [...new Set(nearest)].sort((a, b) => a - b);
}

/** 1 for stacks that matter at one of the moments, their callers always among them. */
function keptRows(
  { stacks, stackValues }: StacksOverTime,
  moments: readonly number[],
  entries: readonly number[],
  most: number,
): Uint8Array {
  const kept = new Uint8Array(stacks.length).fill(1);
  const weight = new Float64Array(stacks.length);
  const add = (measure: (entry: number) => number): void => {
    const total = entries.reduce((sum, entry) => sum + Math.abs(measure(entry)), 0);
    if (total === 0) return;
    for (const entry of entries) {
      const row = stackValues.rows[entry]!;
      if (row !== noStack) weight[row]! += Math.abs(measure(entry)) / total;
    }
  };
  const first = moments[0];
  const last = moments.at(-1);
  if (first === undefined || last === undefined || stacks.length <= most) return kept;
  const { inuseBytes, allocBytes } = stackValues;
  add((entry) => inuseBytes[last]![entry]!);
  add((entry) => inuseBytes[last]![entry]! - inuseBytes[first]![entry]!);
  for (const moment of moments) add((entry) => inuseBytes[moment]![entry]! / moments.length);
  if (allocBytes !== undefined) add((entry) => allocBytes[last]![entry]! - allocBytes[first]![entry]!);
  for (let row = stacks.length - 1; row >= 0; row--) {
    const above = stacks.prefix[row]!;
    if (above !== noStack) weight[above]! += weight[row]!;
  }
  // A caller weighs as much as all that it calls, and stands before it: the heaviest rows are a tree.
  const order = Array.from(weight.keys()).sort((a, b) => weight[b]! - weight[a]! || a - b);
  for (const row of order.slice(most)) kept[row] = 0;
  return kept;
}

interface NumberedRows {
  /** Row of the stack table; -1 for small stacks that are added up. */
  readonly stackRow: readonly number[];
  /** For those: the row that called them, or -1. */
  readonly under: readonly number[];
  /** Row here for each stack of the table. */
  readonly of: Int32Array;
  /** Stacks with values that are added up. */
  readonly small: number;
}

const rowOf = (rows: NumberedRows, stack: number): number => (stack === noStack ? -1 : rows.of[stack]!);

function numberRows(
  kept: Uint8Array,
  { stacks, stackValues }: StacksOverTime,
  entries: readonly number[],
): NumberedRows {
  const stackRow: number[] = [];
  const under: number[] = [];
  const of = new Int32Array(stacks.length).fill(-1);
  const smallBelow = new Map<number, number>();
  const used = new Set(entries.map((entry) => stackValues.rows[entry]!));
  let small = 0;
  for (let row = 0; row < stacks.length; row++) {
    const above = stacks.prefix[row]!;
    const aboveRow = above === noStack ? -1 : of[above]!;
    if (kept[row] === 1) {
      of[row] = stackRow.length;
      stackRow.push(row);
      under.push(aboveRow);
      continue;
    }
    if (used.has(row)) small++;
    const inSmall = above !== noStack && kept[above] === 0;
    if (inSmall) {
      of[row] = aboveRow;
      continue;
    }
    const known = smallBelow.get(aboveRow);
    if (known !== undefined) of[row] = known;
    else {
      smallBelow.set(aboveRow, stackRow.length);
      of[row] = stackRow.length;
      stackRow.push(noStack);
      under.push(aboveRow);
    }
  }
  return { stackRow, under, of, small };
}

function sumsOf(
  column: Float64Array,
  { rows: stackRows }: StackValues,
  entries: readonly number[],
  rows: NumberedRows,
): number[] {
  const sums = new Array<number>(rows.stackRow.length).fill(0);
  for (const entry of entries) {
    const stack = stackRows[entry]!;
    if (stack !== noStack) sums[rows.of[stack]!]! += column[entry]!;
  }
  return sums.map(Math.round);
}

function framesOfRows(
  { stacks }: StacksOverTime,
  rows: NumberedRows,
  ownership: OwnershipOf,
): { readonly table: StackSeries['frames']; readonly of: ReadonlyMap<number, number> } {
  const of = new Map<number, number>();
  const table = { function: [] as string[], file: [] as string[], line: [] as number[], own: [] as number[] };
  for (const stack of rows.stackRow) {
    const frame = stack === noStack ? noStack : stacks.frame[stack]!;
    if (frame === noStack || of.has(frame)) continue;
    const spelled = frameAt(stacks.frames, frame);
    of.set(frame, table.function.length);
    if (ownership(spelled) === 'main') table.own.push(table.function.length);
    table.function.push(spelled.functionName);
    table.file.push(spelled.file);
    table.line.push(spelled.line);
  }
  return { table, of };
}
