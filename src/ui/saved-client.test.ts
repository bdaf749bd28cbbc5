import { describe, expect, it } from 'vitest';
import type { GoroutinesAnswer } from '../api/goroutines.ts';
import { apiPaths } from '../api/paths.ts';
import type { SavedRun } from '../api/saved-run.ts';
import type { SourceAnswer } from '../api/source.ts';
import { savedClient } from './saved-client.ts';

const goroutine = (name: string, perSecond: number) => ({
  key: name,
  entry: { function: name, file: 'a.go', line: 1 },
  state: 'chan send',
  blocked: { function: name, file: 'a.go', line: 2 },
  stack: [],
  counts: [1],
  delta: 0,
  perSecond,
  low: 0,
  high: 0,
  shape: 'flat',
  lockedToThread: false,
  labels: [],
});

const run: SavedRun = {
  schema: 'leakline.saved/1',
  answers: {
    [apiPaths.report]: { verdict: 'leak' },
    [apiPaths.goroutines]: {
      groups: {
        kind: 'captured',
        value: {
          atMs: [0],
          total: [2],
          matching: 2,
          all: 2,
          from: 0,
          rows: [goroutine('main.slow', 1), goroutine('main.fast', 9)],
        },
      },
    } satisfies GoroutinesAnswer,
  },
  heapTree: {},
  heapWhy: {},
  sources: [{ file: 'main.go', firstLine: 10, lines: ['ten', 'eleven', 'twelve', 'thirteen'], lineCount: 99 }],
};
const client = savedClient(run);

describe('a client of a report file', () => {
  it('answers from the file, whatever the query of what is there once', async () => {
    expect(await client.get(apiPaths.report, { points: 600 })).toEqual({ verdict: 'leak' });
  });

  it('cuts the lines that are asked for out of those that it has, under their own numbers', async () => {
    const at = (line: number, around: number) =>
      client.get<SourceAnswer>(apiPaths.source, { file: 'main.go', line, around });
    expect(await at(11, 1)).toMatchObject({ firstLine: 10, lines: ['ten', 'eleven', 'twelve'] });
    expect(await at(13, 1)).toMatchObject({ firstLine: 12, lines: ['twelve', 'thirteen'] });
  });

  it('searches and sorts goroutines', async () => {
    const names = async (query: Record<string, string>): Promise<string[]> => {
      const { groups } = await client.get<GoroutinesAnswer>(apiPaths.goroutines, query);
      return groups.kind === 'captured' ? groups.value.rows.map(({ key }) => key) : [];
    };
    expect(await names({ sort: 'growth' })).toEqual(['main.fast', 'main.slow']);
    expect(await names({ search: 'SLOW chan' })).toEqual(['main.slow']);
  });

  it('says what it does not hold, and how to see it', async () => {
    for (const [path, query] of [
      [apiPaths.heapTree, { row: 7 }],
      [apiPaths.heapWhy, { of: 'main.T' }],
      [apiPaths.source, { file: 'other.go', line: 1 }],
      [apiPaths.oom, {}],
    ] as const)
      await expect(client.get(path, query)).rejects.toMatchObject({ advice: expect.stringContaining('leakline ui') });
  });
});
