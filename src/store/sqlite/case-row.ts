// A row of the table "case" ↔ what is known of the case.
import { KnownError } from '../../base/errors.ts';
import type { CaptureCost } from '../../model/artefact.ts';
import type { CaseSummary, RecordedFacts } from '../../model/recording.ts';
import type { TargetFacts } from '../../model/target.ts';
import { type Database, jsonOf, numberOf, type Row, type SqlValue, textOf } from './database.ts';

/** By id, or by a beginning of it that only one case has. Throws KnownError E-STORE-CASE. */
export function caseRow(database: Database, id: string, place: string): Row {
  const exact = database.first('SELECT * FROM "case" WHERE id = ?', id);
  if (exact !== undefined) return exact;
  const rows = /^[0-9a-f]+$/.test(id)
    ? database.all('SELECT * FROM "case" WHERE id >= ? AND id < ? LIMIT 2', id, `${id}g`)
    : [];
  if (rows.length === 1) return rows[0]!;
  throw new KnownError(
    'E-STORE-CASE',
    rows.length === 0
      ? `the store ${place} has no case ${JSON.stringify(id)}`
      : `${JSON.stringify(id)} may be more than one case`,
    { advice: '`leakline cases` lists them.' },
  );
}

export function factsOf(row: Row): RecordedFacts {
  return {
    target: jsonOf(row, 'target') as TargetFacts,
    ...(row['sources'] === null
      ? {}
      : { sources: new Map(Object.entries(jsonOf(row, 'sources') as Record<string, string>)) }),
    ...(row['cost'] === null ? {} : { cost: jsonOf(row, 'cost') as CaptureCost }),
    ...(row['walk_gap'] === null ? {} : { walkGap: textOf(row, 'walk_gap') }),
  };
}

/** target, sources, cost, walk_gap. */
export const factValues = (facts: RecordedFacts): readonly SqlValue[] => [
  JSON.stringify(facts.target),
  facts.sources === undefined ? null : JSON.stringify(Object.fromEntries(facts.sources)),
  facts.cost === undefined ? null : JSON.stringify(facts.cost),
  facts.walkGap ?? null,
];

export function summaryOf(row: Row): CaseSummary {
  const optional = (column: string): number | undefined =>
    typeof row[column] === 'number' ? (row[column] as number) : undefined;
  return {
    id: textOf(row, 'id'),
    target: jsonOf(row, 'target') as TargetFacts,
    fromMs: optional('from_ms'),
    toMs: optional('to_ms'),
    captures: numberOf(row, 'captures'),
    profiles: numberOf(row, 'profiles'),
    incarnations: numberOf(row, 'incarnations'),
    bytes: numberOf(row, 'bytes'),
    verdict: row['verdict'] === null ? undefined : textOf(row, 'verdict'),
    summary: row['summary'] === null ? undefined : textOf(row, 'summary'),
  };
}
