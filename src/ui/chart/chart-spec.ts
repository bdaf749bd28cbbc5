// What a chart over time shows, as plain values: made by pure functions, drawn by time-chart.tsx.

export interface ChartSpec {
  /** ms since 1970, ascending. */
  readonly atMs: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly unit: 'bytes' | 'count';
  /** What is shown, which may be more than there are points. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Top of the value axis; undefined: what the lines need. */
  readonly top?: number;
  /** Horizontal lines with a name. */
  readonly levels: readonly { readonly value: number; readonly text: string }[];
  /** Vertical lines with a name. */
  readonly marks: readonly { readonly atMs: number; readonly text: string; readonly kind: string }[];
  readonly cone?: Cone;
}

export interface ChartLine {
  readonly label: string;
  readonly colour: string;
  /** What is drawn: of a stack the sum of this and all below. undefined: nothing known here, null: a gap. */
  readonly values: readonly (number | null | undefined)[];
  /** What the legend tells when that is another value. */
  readonly own?: readonly (number | null | undefined)[];
  /** Filled down to the next line of the stack, or to zero. */
  readonly filled: boolean;
  readonly dashed: boolean;
}

/** Where growth may lead: from one point on, between a slow and a fast rate. */
export interface Cone {
  readonly fromMs: number;
  readonly fromValue: number;
  readonly perSecondLow: number;
  readonly perSecond: number;
  readonly perSecondHigh: number;
}

export interface Points {
  readonly atMs: readonly number[];
  readonly values: readonly (number | null)[];
}

/** One time axis for series of different moments: where one has no point it is undefined, a gap of its own stays null. */
export function alignPoints(all: readonly Points[]): {
  readonly atMs: readonly number[];
  readonly columns: readonly (readonly (number | null | undefined)[])[];
} {
  const atMs = [...new Set(all.flatMap((one) => one.atMs))].sort((a, b) => a - b);
  const rowOf = new Map(atMs.map((at, row) => [at, row]));
  const columns = all.map((one) => {
    const column = new Array<number | null | undefined>(atMs.length).fill(undefined);
    for (const [at, value] of one.values.entries()) column[rowOf.get(one.atMs[at]!)!] = value;
    return column;
  });
  return { atMs, columns };
}
