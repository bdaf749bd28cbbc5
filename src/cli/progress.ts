// What is being learnt while it is captured, on stderr: one line that is rewritten on a terminal, a plain line now and
// then elsewhere, so that a log does not fill.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import { sparkline } from '../base/sparkline.ts';
import type { CaptureProgress } from '../capture/capture-series.ts';
import type { CliIo } from './io.ts';

const plainEveryMs = 10_000;

export interface ProgressLine {
  readonly update: (progress: CaptureProgress) => void;
  readonly note: (message: string) => void;
  /** Removes the line, so that the report begins on a clean one. */
  readonly end: () => void;
}

export function createProgress(io: CliIo, quiet: boolean): ProgressLine {
  const terminal = io.stderr.isTTY === true && io.env['TERM'] !== 'dumb';
  const heap: number[] = [];
  const goroutines: number[] = [];
  let lastPlainMs = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (terminal) io.stderr.write('\r\u001b[2K');
  };
  return {
    update(progress) {
      if (quiet) return;
      if (progress.liveHeapBytes !== undefined) heap.push(progress.liveHeapBytes);
      if (progress.goroutines !== undefined) goroutines.push(progress.goroutines);
      const text = [
        `watching ${formatDuration(progress.elapsedMs)}, ${formatDuration(progress.remainingMs)} to go`,
        heap.length > 0
          ? `live heap ${formatBytes(heap.at(-1)!)} ${sparkline(heap)}${rate(heap, progress.elapsedMs)}`
          : '',
        goroutines.length > 0 ? `goroutines ${formatCount(goroutines.at(-1)!)} ${sparkline(goroutines)}` : '',
      ]
        .filter((part) => part !== '')
        .join(' · ');
      if (terminal) {
        clear();
        io.stderr.write(text.slice(0, Math.max(20, (io.stderr.columns ?? 80) - 1)));
      } else if (progress.elapsedMs - lastPlainMs >= plainEveryMs) {
        lastPlainMs = progress.elapsedMs;
        io.stderr.write(`${text}\n`);
      }
    },
    note(message) {
      clear();
      io.stderr.write(`note: ${message}\n`);
    },
    end: clear,
  };
}

function rate(values: readonly number[], elapsedMs: number): string {
  if (values.length < 3 || elapsedMs < 2000) return '';
  const perSecond = (values.at(-1)! - values[0]!) / (elapsedMs / 1000);
  return Math.abs(perSecond) < 1024 ? '' : ` ${perSecond > 0 ? '+' : ''}${formatByteRate(perSecond)}`;
}
