// What a series says of itself while it runs: each thing once, with its time.
import type { CaptureNote } from '../model/artefact.ts';
import type { Stamps } from './clock.ts';

export interface SeriesNotes {
  /** Grows. */
  readonly all: readonly CaptureNote[];
  /** Said before, it is not said again. */
  note(message: string): void;
}

export function createSeriesNotes(stamps: Stamps, onNote: ((note: CaptureNote) => void) | undefined): SeriesNotes {
  const all: CaptureNote[] = [];
  return {
    all,
    note(message) {
      if (all.some((earlier) => earlier.message === message)) return;
      const entry = { atMs: stamps.nowMs(), message };
      all.push(entry);
      onNote?.(entry);
    },
  };
}
