// Answers from the file that the pages stand in. What it does not hold is said so, with how to see it.
import type { GoroutinePage, GoroutineRow, GoroutinesAnswer } from '../api/goroutines.ts';
import { apiPaths } from '../api/paths.ts';
import type { SavedRun } from '../api/saved-run.ts';
import type { SourceAnswer } from '../api/source.ts';
import { AnswerError, type Client, type Query } from './client.ts';

export function savedClient(run: SavedRun): Client {
  return {
    live: false,
    get: async <T>(path: string, query: Query = {}): Promise<T> => answerOf(run, path, query) as T,
  };
}

function answerOf(run: SavedRun, path: string, query: Query): unknown {
  switch (path) {
    case apiPaths.heapTree:
      return (
        (query['from'] === undefined ? run.heapTree[String(query['row'] ?? 0)] : undefined) ??
        notSaved('What is below this row')
      );
    case apiPaths.heapWhy:
      return run.heapWhy[String(query['of'] ?? '')] ?? notSaved('The way to these objects');
    case apiPaths.source:
      return sourceLines(run.sources, query);
    case apiPaths.goroutines:
      return goroutinesOf(run.answers[path] as GoroutinesAnswer, query);
    default:
      return run.answers[path] ?? notSaved('This');
  }
}

function notSaved(what: string): never {
  throw new AnswerError(`${what} is not in this file, which holds the largest of everything`, advice);
}

const advice = 'Open the case file with `leakline ui x.leakline` to see all of it.';

function sourceLines(sources: SavedRun['sources'], query: Query): SourceAnswer {
  const line = Number(query['line'] ?? 1);
  const around = Number(query['around'] ?? 12);
  const saved = sources.find(({ file }) => file === query['file']);
  if (saved === undefined) return notSaved('The source of this line');
  const from = Math.max(0, line - around - saved.firstLine);
  const to = Math.max(from, line + around + 1 - saved.firstLine);
  return { ...saved, firstLine: saved.firstLine + from, lines: saved.lines.slice(from, to) };
}

function goroutinesOf(answer: GoroutinesAnswer, query: Query): GoroutinesAnswer {
  if (answer.groups.kind !== 'captured') return answer;
  const page = answer.groups.value;
  const words = String(query['search'] ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean);
  const from = Number(query['from'] ?? 0);
  const count = Number(query['count'] ?? 50);
  const matching = page.rows.filter((row) => words.every((word) => JSON.stringify(row).toLowerCase().includes(word)));
  const ordered = query['sort'] === undefined ? matching : matching.toSorted(orderOf(String(query['sort'])));
  const value: GoroutinePage = { ...page, matching: matching.length, from, rows: ordered.slice(from, from + count) };
  return { groups: { kind: 'captured', value } };
}

function orderOf(sort: string): (a: GoroutineRow, b: GoroutineRow) => number {
  switch (sort) {
    case 'growth':
      return (a, b) => b.perSecond - a.perSecond;
    case 'count':
      return (a, b) => (b.counts.at(-1) ?? 0) - (a.counts.at(-1) ?? 0);
    case 'age':
      return (a, b) => (b.oldestWaitMinutes ?? -1) - (a.oldestWaitMinutes ?? -1);
    default:
      return (a, b) => (b.provenLeaked ?? 0) - (a.provenLeaked ?? 0);
  }
}
