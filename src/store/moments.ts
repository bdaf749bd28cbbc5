// What a straight line through many values needs to know of them, so that chunks can be joined without their values:
// counts, means and centred sums (Chan, Golub & LeVeque 1979, "Updating formulae": exact also for large values that
// change little). One moment of time for all rows, one column a row.
import { DecodeError } from '../base/errors.ts';

export interface Moments {
  readonly count: number;
  /** Mean of the times in seconds since 1970, and the sum of their squared distances from it. */
  readonly meanSeconds: number;
  readonly timeSquares: number;
  readonly first: Float64Array;
  readonly last: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  /** Sums of (time - mean)(value - mean), and of (value - mean)². */
  readonly cross: Float64Array;
  readonly squares: Float64Array;
}

const columnNames = ['first', 'last', 'min', 'max', 'mean', 'cross', 'squares'] as const;

/** Of rows that all have values at the same times; at least one time. */
export function momentsOf(atMs: Float64Array, rows: readonly Float64Array[]): Moments {
  const count = atMs.length;
  let meanSeconds = 0;
  for (const ms of atMs) meanSeconds += ms / 1000 / count;
  let timeSquares = 0;
  for (const ms of atMs) timeSquares += (ms / 1000 - meanSeconds) ** 2;
  const moments = emptyColumns(rows.length);
  for (const [row, values] of rows.entries()) {
    let sum = 0;
    let min = values[0]!;
    let max = min;
    for (const value of values) {
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    const mean = sum / count;
    let cross = 0;
    let squares = 0;
    for (let index = 0; index < count; index++) {
      const off = values[index]! - mean;
      cross += (atMs[index]! / 1000 - meanSeconds) * off;
      squares += off * off;
    }
    moments.first[row] = values[0]!;
    moments.last[row] = values[count - 1]!;
    moments.min[row] = min;
    moments.max[row] = max;
    moments.mean[row] = mean;
    moments.cross[row] = cross;
    moments.squares[row] = squares;
  }
  return { count, meanSeconds, timeSquares, ...moments };
}

/** `b` comes after `a`, row by row; a count of 0 is nothing at all. */
export function joinMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const weight = (a.count * b.count) / count;
  const apart = b.meanSeconds - a.meanSeconds;
  const joined = emptyColumns(a.mean.length);
  for (let row = 0; row < a.mean.length; row++) {
    const off = b.mean[row]! - a.mean[row]!;
    joined.first[row] = a.first[row]!;
    joined.last[row] = b.last[row]!;
    joined.min[row] = Math.min(a.min[row]!, b.min[row]!);
    joined.max[row] = Math.max(a.max[row]!, b.max[row]!);
    joined.mean[row] = a.mean[row]! + (off * b.count) / count;
    joined.cross[row] = a.cross[row]! + b.cross[row]! + apart * off * weight;
    joined.squares[row] = a.squares[row]! + b.squares[row]! + off * off * weight;
  }
  return {
    count,
    meanSeconds: a.meanSeconds + (apart * b.count) / count,
    timeSquares: a.timeSquares + b.timeSquares + apart * apart * weight,
    ...joined,
  };
}

/** Rows put where `target` says in a table of `length` rows; a row that is not there was zero all the time. */
export function spreadMoments(moments: Moments, target: Int32Array, length: number): Moments {
  const spread = emptyColumns(length);
  for (const name of columnNames) {
    const from = moments[name];
    const to = spread[name];
    for (let row = 0; row < target.length; row++) to[target[row]!] = from[row]!;
  }
  return { count: moments.count, meanSeconds: moments.meanSeconds, timeSquares: moments.timeSquares, ...spread };
}

/** Least squares: units a second, and the standard error of it; NaN when a line has nothing to go by. */
export function slopesOf(moments: Moments): {
  readonly perSecond: Float64Array;
  readonly perSecondError: Float64Array;
} {
  const { count, timeSquares } = moments;
  const perSecond = new Float64Array(moments.mean.length).fill(Number.NaN);
  const perSecondError = perSecond.slice();
  if (count < 2 || timeSquares <= 0) return { perSecond, perSecondError };
  for (let row = 0; row < perSecond.length; row++) {
    const slope = moments.cross[row]! / timeSquares;
    perSecond[row] = slope;
    const rest = Math.max(0, moments.squares[row]! - slope * moments.cross[row]!);
    if (count > 2) perSecondError[row] = Math.sqrt(rest / (count - 2) / timeSquares);
  }
  return { perSecond, perSecondError };
}

export function encodeMoments(moments: Moments): Uint8Array {
  const rows = moments.mean.length;
  const values = new Float64Array(3 + columnNames.length * rows);
  values.set([moments.count, moments.meanSeconds, moments.timeSquares]);
  for (const [column, name] of columnNames.entries()) values.set(moments[name], 3 + column * rows);
  return new Uint8Array(values.buffer);
}

/** Throws DecodeError when the bytes are not the moments of `rows` rows. */
export function decodeMoments(bytes: Uint8Array, rows: number): Moments {
  const length = 3 + columnNames.length * rows;
  if (bytes.length !== length * 8)
    throw new DecodeError('moments of a store', bytes.length, `${length * 8} bytes`, {
      advice: 'The store is damaged: copy it again.',
    });
  const values = new Float64Array(bytes.slice().buffer);
  const column = (index: number): Float64Array => values.subarray(3 + index * rows, 3 + (index + 1) * rows);
  return {
    count: values[0]!,
    meanSeconds: values[1]!,
    timeSquares: values[2]!,
    first: column(0),
    last: column(1),
    min: column(2),
    max: column(3),
    mean: column(4),
    cross: column(5),
    squares: column(6),
  };
}

function emptyColumns(length: number): Record<(typeof columnNames)[number], Float64Array> {
  const column = (): Float64Array => new Float64Array(length);
  return {
    first: column(),
    last: column(),
    min: column(),
    max: column(),
    mean: column(),
    cross: column(),
    squares: column(),
  };
}
