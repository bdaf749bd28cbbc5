// A target whose process is there and which does not answer: stopped, or short of what it needs. One small request stays open
// until it is answered and nothing else is asked, so that nothing piles up before it and its return is seen at once.
import { CaptureError, KnownError } from '../base/errors.ts';
import type { Clock } from '../capture/clock.ts';
import type { PprofClient } from '../capture/pprof-client.ts';
import { lostCodes } from '../capture/take-capture.ts';

export interface Silence {
  /** By the steady clock. */
  readonly sinceMs: number;
  /** When the request was made first. */
  readonly askedMs: number;
  /** What came of the request; undefined while nobody has answered it. */
  heard: { readonly atMs: number; readonly lost: CaptureError | undefined } | undefined;
}

/** A way that swallows packets is not waited for longer than this: the request is made anew. */
const requestMs = 60_000;

/** Returns at once; ends by itself when it is answered, the client is closed or the signal aborts. */
export function listenTo(client: PprofClient, clock: Clock, sinceMs: number, signal: AbortSignal): Silence {
  const silence: Silence = { sinceMs, askedMs: clock.monotonicMs(), heard: undefined };
  const hear = (lost: CaptureError | undefined): void => {
    silence.heard = { atMs: clock.monotonicMs(), lost };
  };
  const ask = async (): Promise<void> => {
    while (!signal.aborted)
      try {
        await client.fetchProfile('cmdline', { signal, timeoutMs: requestMs, retries: 0 });
        return hear(undefined);
      } catch (error) {
        if (error instanceof KnownError && error.code === 'E-CAPTURE-TIMEOUT') continue;
        // That it is not served is an answer, too.
        return hear(error instanceof CaptureError && lostCodes.has(error.code) ? error : undefined);
      }
  };
  void ask();
  return silence;
}
