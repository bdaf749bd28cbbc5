// Looks at one process at even distances over a while: as many as a slope needs, and no more than the process bears.
import { KnownError } from '../base/errors.ts';
import { systemClock } from './clock.ts';

export interface WatchedLooks<Look> {
  readonly looks: readonly Look[];
  /** Why it ended early; undefined when it did not. */
  readonly ended: string | undefined;
}

const leastPauseMs = 250;

/**
 * One look with `forMs` 0. A process that ends while it is watched gives what was seen of it until then, when that is more
 * than one look; else its KnownError.
 */
export async function watchLooks<Look>(
  forMs: number,
  mostLooks: number,
  take: (index: number) => Promise<Look>,
  signal: AbortSignal,
): Promise<WatchedLooks<Look>> {
  const looks: Look[] = [];
  const startMs = systemClock.monotonicMs();
  for (;;) {
    const beganMs = systemClock.monotonicMs();
    try {
      looks.push(await take(looks.length));
    } catch (error) {
      const gone =
        error instanceof KnownError && (error.code === 'E-CAPTURE-NO-PROCESS' || error.code === 'E-LEDGER-RESTARTED');
      if (!gone || looks.length < 2) throw error;
      return { looks, ended: `it ended while it was watched: what was seen until then is shown` };
    }
    const now = systemClock.monotonicMs();
    const leftMs = forMs - (now - startMs);
    if (leftMs <= 0 || signal.aborted) return { looks, ended: undefined };
    // A look at a process with very many pages takes the kernel a while, and holds its memory lock.
    const pauseMs = Math.max(forMs / (mostLooks - 1) - (now - beganMs), 5 * (now - beganMs), leastPauseMs);
    // No look just before the last one.
    await systemClock.wait(leftMs < 1.5 * pauseMs ? leftMs : pauseMs, signal);
  }
}
