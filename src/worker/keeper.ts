// Everything that a recording writes goes through here: appends that wait out a full disk, events that are said once, and
// the room that old evidence makes.
import { KnownError } from '../base/errors.ts';
import type { Artefact } from '../model/artefact.ts';
import type { RecordedCapture, RecordedEvent } from '../model/recording.ts';
import type { CaseWriter, StoreWriter } from '../store/store.ts';

export interface Retention {
  /** Profiles and dumps that are older are thinned out; figures are kept six times as long. */
  readonly keepMs: number;
  readonly maxBytes: number;
}

export interface Keeper {
  readonly caseId: string;
  /** Index of the next capture, unless another one is kept before. */
  next(): number;
  /** Artefacts get the index that the capture gets. False when there is no room: nothing was kept of it. */
  append(capture: Omit<RecordedCapture, 'index'>): Promise<boolean>;
  /** A note is said once, whatever its moment. */
  event(event: RecordedEvent): Promise<void>;
  /** The newest last, at most 50. */
  events(): readonly RecordedEvent[];
  /** Since when nothing could be kept; undefined while all is well. */
  fullSinceMs(): number | undefined;
  /** Runs a write that may meet a full disk; false when it did. */
  attempt(write: () => Promise<void>): Promise<boolean>;
  prune(nowMs: number): Promise<void>;
  /** The store has outgrown what it may take. */
  isOverfull(): boolean;
  /** False: even the oldest evidence that must stay takes more than is allowed, so that only figures are added. */
  hasRoom(): boolean;
  usedBytes(): number | undefined;
  /** Nothing is written from now on, whatever is still under way: the store is about to be closed. */
  shut(): void;
}

const mostEvents = 50;
const mostNotes = 500;
const figuresFactor = 6;

export async function createKeeper(
  store: StoreWriter,
  writer: CaseWriter,
  retention: Retention,
  onEvent: (event: RecordedEvent) => void,
): Promise<Keeper> {
  const recent: RecordedEvent[] = [];
  const said = new Set<string>();
  let index = writer.nextCapture;
  let fullSinceMs: number | undefined;
  let incarnation = writer.lastIncarnation ?? 0;
  let fits = true;
  let isShut = false;
  let usedBytes = await used();
  /** Appends come one after the other: what goes on beside the looks is kept by the same writer. */
  let turn: Promise<unknown> = Promise.resolve();

  async function used(): Promise<number | undefined> {
    try {
      return await store.usedBytes();
    } catch (error) {
      if (error instanceof KnownError) return undefined;
      throw error;
    }
  }
  const show = (event: RecordedEvent): void => {
    recent.push(event);
    if (recent.length > mostEvents) recent.shift();
    onEvent(event);
  };
  const attempt = async (write: () => Promise<void>): Promise<boolean> => {
    if (isShut) return false;
    try {
      await write();
      return true;
    } catch (error) {
      if (error instanceof KnownError && error.code === 'E-STORE-FULL') return false;
      throw error;
    }
  };
  const keep = async (event: RecordedEvent): Promise<void> => {
    await attempt(() => writer.addEvent(event));
  };
  const append = async (capture: Omit<RecordedCapture, 'index'>): Promise<boolean> => {
    ({ incarnation } = capture);
    const kept = await attempt(() =>
      writer.append({ ...capture, index, artefacts: capture.artefacts.map((one) => numbered(one, index)) }),
    );
    if (!kept) {
      if (!isShut && fullSinceMs === undefined) {
        fullSinceMs = capture.atMs;
        // It cannot be kept, but it can be shown.
        const message = `the disk of ${store.place} is full: nothing is recorded until there is space again`;
        show({ atMs: capture.atMs, kind: 'gap', incarnation, message });
      }
      return false;
    }
    index += 1;
    if (capture.artefacts.length > 0) usedBytes = (await used()) ?? usedBytes;
    if (fullSinceMs !== undefined) {
      const event: RecordedEvent = {
        atMs: fullSinceMs,
        untilMs: capture.atMs,
        kind: 'gap',
        incarnation,
        message: `nothing was recorded for ${Math.round((capture.atMs - fullSinceMs) / 1000)} s: the disk was full`,
      };
      fullSinceMs = undefined;
      show(event);
      await keep(event);
    }
    return true;
  };
  const addEvent = async (event: RecordedEvent): Promise<void> => {
    if (isShut) return;
    if (event.kind === 'note') {
      if (said.has(event.message)) return;
      if (said.size < mostNotes) said.add(event.message);
    }
    show(event);
    await keep(event);
  };
  return {
    caseId: writer.id,
    next: () => index,
    attempt,
    append(capture) {
      const mine = turn.then(() => append(capture));
      turn = mine.catch(() => undefined);
      return mine;
    },
    event: addEvent,
    events: () => recent,
    fullSinceMs: () => fullSinceMs,
    isOverfull: () => (usedBytes ?? 0) > retention.maxBytes,
    hasRoom: () => fits,
    usedBytes: () => usedBytes,
    shut() {
      isShut = true;
    },
    async prune(nowMs) {
      const { keepMs, maxBytes } = retention;
      await attempt(async () => {
        const pruned = await store.prune({
          artefactsBeforeMs: nowMs - keepMs,
          allBeforeMs: nowMs - figuresFactor * keepMs,
          maxBytes,
        });
        usedBytes = pruned.bytesAfter;
        if (fits && !pruned.fits)
          await addEvent({
            atMs: nowMs,
            kind: 'note',
            incarnation,
            message: `what must be kept takes ${Math.round(pruned.bytesAfter / 2 ** 20)} MiB, more than --max-size allows: only figures are added`,
          });
        fits = pruned.fits;
      });
    },
  };
}

function numbered(artefact: Artefact, index: number): Artefact {
  const name = artefact.name.replace(/^\d+\//, `${String(index).padStart(4, '0')}/`);
  return { ...artefact, name, capture: index };
}
