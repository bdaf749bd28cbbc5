// A series as small as a word.

/** Of the largest value: a smaller span is not stretched over the whole height. */
const calm = 0.1;

export interface SparkProps {
  readonly values: readonly (number | null)[];
  /** For readers who do not see it. */
  readonly label: string;
  readonly width?: number;
  readonly height?: number;
}

export function Spark({ values, label, width = 120, height = 28 }: SparkProps) {
  const known = values.filter((value) => value !== null);
  // What moves by a few percent is drawn as the little that it is.
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const room = Math.max(0, (Math.abs(most) * calm - (most - least)) / 2);
  const [low, high] = [least - room, most + room];
  const y = (value: number): number =>
    high === low ? height / 2 : height - 2 - ((value - low) / (high - low)) * (height - 4);
  const x = (at: number): number => (values.length < 2 ? width / 2 : (at / (values.length - 1)) * (width - 2) + 1);
  const points = values.flatMap((value, at) => (value === null ? [] : [`${x(at).toFixed(1)},${y(value).toFixed(1)}`]));
  return (
    <svg class="spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <polyline points={points.join(' ')} fill="none" stroke="currentColor" stroke-width="1.5" />
    </svg>
  );
}
