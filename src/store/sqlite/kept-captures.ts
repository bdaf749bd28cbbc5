// Which captures of a case are evidence: the first and the last of each incarnation, and of those with a profile; and
// around each event that matters the two before and the one after, however often captures were taken.
import type { RecordedEventKind } from '../../model/recording.ts';
import { type Database, numberOf } from './database.ts';

const telling: readonly RecordedEventKind[] = ['restart', 'oom-kill', 'leak', 'limit'];
const before = 2;
const after = 1;

export function keptCaptures(database: Database, caseId: string): ReadonlySet<number> {
  const rows = database.all(
    "SELECT capture, min(at_ms) AS at_ms, incarnation, max(kind = 'heap-profile') AS profiled FROM artefact WHERE case_id = ? GROUP BY capture ORDER BY capture",
    caseId,
  );
  const kept = new Set<number>();
  const firsts = new Set<string>();
  const lasts = new Map<string, number>();
  for (const row of rows) {
    const key = `${numberOf(row, 'incarnation')} ${numberOf(row, 'profiled')}`;
    const capture = numberOf(row, 'capture');
    if (!firsts.has(key)) kept.add(capture);
    firsts.add(key);
    lasts.set(key, capture);
  }
  for (const capture of lasts.values()) kept.add(capture);
  const profiled = rows.filter((row) => row['profiled'] === 1);
  const events = database.all(
    `SELECT DISTINCT at_ms FROM event WHERE case_id = ? AND kind IN (${telling.map((kind) => `'${kind}'`).join(', ')})`,
    caseId,
  );
  for (const event of events) {
    for (const list of [rows, profiled]) {
      const next = list.findIndex((row) => numberOf(row, 'at_ms') > numberOf(event, 'at_ms'));
      const end = next < 0 ? list.length : next;
      for (const row of list.slice(Math.max(0, end - before), end + after)) kept.add(numberOf(row, 'capture'));
    }
  }
  return kept;
}
