// A stretch of a recording as the case that `analyze` takes: evenly chosen captures, and the newest artefact of each rare
// kind, which a capture in the middle may have been taken for.
import type { Artefact, ArtefactKind, CaptureNote } from '../../model/artefact.ts';
import type { Case } from '../../model/case.ts';
import type { ArtefactFacts, RecordedEvent, TimeRange } from '../../model/recording.ts';
import { chooseEvenly } from '../choose-evenly.ts';
import type { CaseChoice } from '../store.ts';
import { getArtefactBytes } from './artefact-bytes.ts';
import { factsOf } from './case-row.ts';
import { type Database, numberOf, type Row, textOf } from './database.ts';

/** Taken seldom; the newest of the range says most. Of snapshots the first counts as well: two make a difference. */
const rareKinds: readonly ArtefactKind[] = [
  'heap-snapshot',
  'native-trace',
  'oom-evidence',
  'memory-limits',
  'goroutine-dump',
  'goroutineleak-profile',
  'smaps',
];
const mostNotes = 50;

export function loadCase(database: Database, folder: string, row: Row, choice: CaseChoice): Case {
  const caseId = textOf(row, 'id');
  const wanted = chosenCaptures(database, caseId, choice);
  const rare = new Set(rareArtefacts(database, caseId, choice));
  const rows = database
    .all(
      `SELECT ${artefactColumns} FROM artefact WHERE case_id = ? AND at_ms >= ? AND at_ms <= ? ORDER BY capture, id`,
      caseId,
      ...boundsOf(choice),
    )
    .filter((each) => wanted.has(numberOf(each, 'capture')) || rare.has(numberOf(each, 'id')));
  const facts = factsOf(row);
  return {
    target: facts.target,
    artefacts: rows.map((each) => artefactOf(database, folder, each)),
    sources: facts.sources ?? new Map(),
    notes: notesOf(readEvents(database, caseId, choice)),
    cost: facts.cost,
    walkGap: facts.walkGap,
  };
}

export const artefactColumns = 'id, capture, name, kind, at_ms, incarnation, forced_gc, byte_length, form';

export function artefactFactsOf(row: Row): ArtefactFacts {
  return {
    kind: textOf(row, 'kind') as ArtefactKind,
    name: textOf(row, 'name'),
    atMs: numberOf(row, 'at_ms'),
    capture: numberOf(row, 'capture'),
    incarnation: numberOf(row, 'incarnation'),
    forcedGc: numberOf(row, 'forced_gc') === 1,
    byteLength: numberOf(row, 'byte_length'),
  };
}

export function artefactOf(database: Database, folder: string, row: Row): Artefact {
  const { byteLength: _, ...facts } = artefactFactsOf(row);
  return { ...facts, bytes: getArtefactBytes(database, folder, row) };
}

export const boundsOf = (range: TimeRange): readonly [number, number] => [
  range.fromMs ?? Number.NEGATIVE_INFINITY,
  range.toMs ?? Number.POSITIVE_INFINITY,
];

export function readEvents(database: Database, caseId: string, range: TimeRange): readonly RecordedEvent[] {
  return database
    .all(
      'SELECT at_ms, kind, incarnation, message, until_ms FROM event WHERE case_id = ? AND at_ms >= ? AND at_ms <= ? ORDER BY at_ms, rowid',
      caseId,
      ...boundsOf(range),
    )
    .map((row) => ({
      atMs: numberOf(row, 'at_ms'),
      kind: textOf(row, 'kind') as RecordedEvent['kind'],
      incarnation: numberOf(row, 'incarnation'),
      message: textOf(row, 'message'),
      ...(typeof row['until_ms'] === 'number' ? { untilMs: row['until_ms'] } : {}),
    }));
}

function chosenCaptures(database: Database, caseId: string, choice: CaseChoice): ReadonlySet<number> {
  const rows = database.all(
    "SELECT capture, incarnation, max(kind = 'heap-profile') AS profiled FROM artefact WHERE case_id = ? AND at_ms >= ? AND at_ms <= ? GROUP BY capture ORDER BY capture",
    caseId,
    ...boundsOf(choice),
  );
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const key = `${numberOf(row, 'incarnation')} ${numberOf(row, 'profiled')}`;
    const group = groups.get(key) ?? [];
    group.push(numberOf(row, 'capture'));
    groups.set(key, group);
  }
  return new Set([...groups.values()].flatMap((group) => chooseEvenly(group, choice.capturesPerIncarnation)));
}

function rareArtefacts(database: Database, caseId: string, choice: CaseChoice): readonly number[] {
  const rows = database.all(
    `SELECT kind, incarnation, min(id) AS first, max(id) AS last FROM artefact WHERE case_id = ? AND at_ms >= ? AND at_ms <= ? AND kind IN (${rareKinds.map((kind) => `'${kind}'`).join(', ')}) GROUP BY kind, incarnation`,
    caseId,
    ...boundsOf(choice),
  );
  return rows.flatMap((row) => [
    numberOf(row, 'last'),
    ...(textOf(row, 'kind') === 'heap-snapshot' ? [numberOf(row, 'first')] : []),
  ]);
}

const notesOf = (events: readonly RecordedEvent[]): readonly CaptureNote[] =>
  events
    .filter((event) => event.kind === 'note' || event.kind === 'gap' || event.kind === 'oom-kill')
    .slice(-mostNotes)
    .map(({ atMs, message }) => ({ atMs, message }));
