// Keeps only the end of heap?debug=1: the text lists every stack before the runtime's numbers, which can be megabytes.
// Source: runtime/pprof/pprof.go writeHeapInternal prints `\n# runtime.MemStats\n` and then one `# Name = value` a line.

import type { PprofClient } from './pprof-client.ts';

const marker = new TextEncoder().encode('# runtime.MemStats');
/** The trailer is about 5 KiB (two lists of 256 pauses); anything longer is not it. */
const maxTrailerBytes = 64 * 1024;

export interface TrailerSink {
  readonly push: (chunk: Uint8Array) => void;
  /** From the marker on; undefined when it did not come. */
  finish(): Uint8Array | undefined;
}

/** Holds at most the trailer and the length of the marker, wherever the chunks are cut. */
export function createTrailerSink(): TrailerSink {
  let kept = new Uint8Array(0);
  let found = false;
  return {
    push(chunk) {
      const joined = new Uint8Array(kept.length + chunk.length);
      joined.set(kept);
      joined.set(chunk, kept.length);
      if (!found) {
        const at = Buffer.from(joined.buffer).indexOf(marker);
        if (at < 0) {
          kept = joined.slice(Math.max(0, joined.length - marker.length + 1));
          return;
        }
        found = true;
        kept = joined.slice(at, at + maxTrailerBytes);
        return;
      }
      kept = joined.slice(0, maxTrailerBytes);
    },
    finish: () => (found ? kept : undefined),
  };
}

/** Asks an endpoint for it; `trailer` as TrailerSink.finish gives it. Throws what fetchProfile throws. */
export async function fetchTrailer(
  client: PprofClient,
  signal: AbortSignal | undefined,
): Promise<{ readonly trailer: Uint8Array | undefined; readonly bodyBytes: number }> {
  let sink = createTrailerSink();
  const { bodyBytes } = await client.fetchProfile('heap', {
    query: { debug: '1' },
    signal,
    // Another attempt begins anew.
    sink: () => {
      sink = createTrailerSink();
      return sink.push;
    },
  });
  return { trailer: sink.finish(), bodyBytes };
}
