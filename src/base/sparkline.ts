// A series in one line of text: eight heights of block characters, scaled from its own minimum to its maximum.

const bars = '▁▂▃▄▅▆▇█';

/** At most `width` characters; longer series are cut into blocks and each shows its last value. */
export function sparkline(values: readonly number[], width = 24): string {
  const block = Math.max(1, Math.ceil(values.length / width));
  const shown: number[] = [];
  for (let end = values.length; end > 0; end -= block) shown.unshift(values[end - 1]!);
  const low = Math.min(...shown);
  const high = Math.max(...shown);
  // A change of a few per cent of the level is drawn as a ripple, not as a cliff.
  const span = Math.max(high - low, Math.abs(high) * 0.1, Number.MIN_VALUE);
  return shown.map((value) => bars[Math.min(7, Math.floor(((value - low) / span) * 7.999))]).join('');
}
