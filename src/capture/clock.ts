// Time as capture needs it: a stamp in ms since 1970 that never steps back, and a wait that an abort ends.
// The wall clock may be stepped by NTP or a suspend while a series runs; intervals come from the monotonic clock.
import { performance } from 'node:perf_hooks';

export interface Clock {
  /** Wall clock now, ms since 1970; may step. */
  wallMs(): number;
  /** Milliseconds since some moment in the past; never steps back. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when the signal aborts (it never rejects: the caller looks at the signal). */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted || ms <= 0) {
        resolve();
        return;
      }
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    }),
};

export interface Stamps {
  /** Ms since 1970 by the wall clock of the first moment plus monotonic time since. */
  nowMs(): number;
  /** Ms since the stamps were made. */
  elapsedMs(): number;
  /** How far the wall clock has moved against the monotonic one since the last call, in ms; 0 when it has not. */
  wallJumpMs(): number;
}

export function createStamps(clock: Clock): Stamps {
  const wallStart = clock.wallMs();
  const monotonicStart = clock.monotonicMs();
  let lastSkew = 0;
  const elapsedMs = () => clock.monotonicMs() - monotonicStart;
  return {
    elapsedMs,
    nowMs: () => wallStart + elapsedMs(),
    wallJumpMs() {
      const skew = clock.wallMs() - wallStart - elapsedMs();
      const jump = skew - lastSkew;
      lastSkew = skew;
      return jump;
    },
  };
}
