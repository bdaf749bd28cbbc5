// Shows a recording while it runs, on stderr: redrawn in place on a terminal, a line now and then elsewhere.
import type { RecordedEvent } from '../model/recording.ts';
import type { RecorderStatus } from '../worker/status.ts';
import type { CliIo } from './io.ts';
import { eventText, renderWatchLine, renderWatchPicture } from './render-watch.ts';

export interface WatchView {
  readonly show: (status: RecorderStatus) => void;
  readonly event: (event: RecordedEvent) => void;
  /** A line below the picture, whose next one comes below it. */
  readonly say: (text: string) => void;
  /** Leaves the last picture where it is. */
  readonly end: () => void;
}

const plainEveryMs = 60_000;

export function createWatchView(io: CliIo, color: boolean): WatchView {
  const terminal = io.stderr.isTTY === true && io.env['TERM'] !== 'dumb';
  let drawn = 0;
  let lastPlainMs = Number.NEGATIVE_INFINITY;
  return {
    show(status) {
      if (terminal) {
        const lines = renderWatchPicture(status, { color, width: Math.max(40, (io.stderr.columns ?? 80) - 1) });
        const up = drawn === 0 ? '' : `\u001b[${drawn}A`;
        io.stderr.write(`${up}\r\u001b[J${lines.join('\n')}\n`);
        drawn = lines.length;
      } else if (status.elapsedMs - lastPlainMs >= plainEveryMs) {
        lastPlainMs = status.elapsedMs;
        io.stderr.write(`${renderWatchLine(status)}\n`);
      }
    },
    event(event) {
      // On a terminal they are part of the picture.
      if (!terminal) io.stderr.write(`${eventText(event)}\n`);
    },
    say(text) {
      drawn = 0;
      io.stderr.write(`${text}\n`);
    },
    end() {
      drawn = 0;
    },
  };
}
