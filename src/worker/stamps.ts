// Stamps for a recording of weeks: they follow the wall clock, and never step back.
import type { Clock } from '../capture/clock.ts';

export interface RecordingStamps {
  /** ms since 1970, later than every stamp before. */
  nowMs(): number;
}

/** A clock that was set back, or a store that ends in the future: stamps go on from there at the pace of the steady clock. */
export function createRecordingStamps(clock: Clock, notBeforeMs: number | undefined): RecordingStamps {
  let lastMs = notBeforeMs ?? Number.NEGATIVE_INFINITY;
  let lastSteadyMs = clock.monotonicMs();
  return {
    nowMs() {
      const steadyMs = clock.monotonicMs();
      const leastMs = lastMs + Math.max(0.001, steadyMs - lastSteadyMs);
      const wallMs = clock.wallMs();
      lastMs = wallMs > lastMs && wallMs >= leastMs - 1000 ? wallMs : leastMs;
      lastSteadyMs = steadyMs;
      return lastMs;
    },
  };
}
