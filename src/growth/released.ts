// Was most of it freed at once within the window? A log that is compacted, a batch that is flushed and a cache that is
// dropped climb like a leak between two such moments:
//
//   value    /|   /        the fall takes back more than half of what was gained until then, in a step or two;
//         __/ |__/         a leak's line never gives back what it keeps
//
import { median } from '../base/theil-sen.ts';

const leastShareOfGain = 0.5;
/** Of the whole range: smaller ups and downs belong to every service. */
const leastShareOfRange = 0.2;
/** Standard deviations of the counts on both sides, or of usual steps, that the fall must exceed. */
const decisive = 2.8;

/** `raw`: samples behind each value, whose counts vary by chance; undefined for exact values. */
export function wasReleased(values: Float64Array, raw: ArrayLike<number> | undefined): boolean {
  const range = values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b));
  const least = Math.max(leastShareOfRange * range, raw === undefined ? 2 * decisive * usualStep(values) : 0);
  let low = values[0]!;
  let high = values[0]!;
  for (let i = 1; i < values.length; i++) {
    // Two steps: a capture may fall into the middle of it.
    for (let from = Math.max(0, i - 2); from < i; from++) {
      const fall = values[from]! - values[i]!;
      if (fall <= least || fall <= leastShareOfGain * (high - low)) continue;
      if (raw === undefined) return true;
      const lost = raw[from]! - raw[i]!;
      if (lost > decisive * Math.sqrt(Math.max(1, raw[from]! + raw[i]!) / 2)) return true;
    }
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  return false;
}

/** Standard deviation of the steps, of which the fall itself is one and hardly matters to a median. */
function usualStep(values: Float64Array): number {
  const steps = Array.from({ length: values.length - 1 }, (_, i) => values[i + 1]! - values[i]!);
  const middle = median(steps);
  return 1.4826 * median(steps.map((step) => Math.abs(step - middle)));
}
