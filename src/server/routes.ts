// What the server answers, by path. A new answer is a file in routes/ and a line here.
import { goroutineSorts } from '../api/goroutines.ts';
import { apiPaths } from '../api/paths.ts';
import type { Query } from './query.ts';
import { answerHeap, answerHeapTree, answerHeapWhy } from './routes/answer-heap.ts';
import { answerStacks } from './routes/answer-stacks.ts';
import { composeGoroutines } from './routes/goroutines.ts';
import { composeNative } from './routes/native.ts';
import { composeOom } from './routes/oom.ts';
import { composeSource } from './routes/source.ts';
import type { Served } from './served.ts';

export interface ApiRoute {
  /** Of `apiPaths`. */
  readonly path: string;
  /** A value for JSON. Throws KnownError for what a reader can understand. */
  readonly answer: (served: Served, query: Query) => Promise<unknown>;
}

const mostPoints = 2000;
const mostRows = 500;

export const apiRoutes: readonly ApiRoute[] = [
  { path: apiPaths.report, answer: (served) => served.report() },
  { path: apiPaths.cases, answer: (served) => served.cases() },
  {
    path: apiPaths.timeline,
    answer: (served, query) => served.timeline(query.count('points', 600, mostPoints), query.text('ledger') === 'yes'),
  },
  {
    path: apiPaths.source,
    answer: async (served, query) => {
      const [file, line, around] = [
        query.text('file') ?? '',
        query.count('line', 1, 1e9),
        query.count('around', 12, 1000),
      ];
      return composeSource(await served.analysed(), file, line, around);
    },
  },
  {
    path: apiPaths.goroutines,
    answer: async (served, query) => {
      const question = {
        search: query.text('search'),
        sort: query.oneOf('sort', goroutineSorts),
        from: query.count('from', 0, 1e9),
        count: query.count('count', 50, mostRows),
      };
      return composeGoroutines(await served.analysed(), question);
    },
  },
  { path: apiPaths.native, answer: async (served) => composeNative(await served.analysed()) },
  { path: apiPaths.oom, answer: async (served) => composeOom(await served.analysed()) },
  { path: apiPaths.stacks, answer: answerStacks },
  { path: apiPaths.heap, answer: answerHeap },
  { path: apiPaths.heapTree, answer: answerHeapTree },
  { path: apiPaths.heapWhy, answer: answerHeapWhy },
  { path: apiPaths.doctor, answer: (served) => served.doctor() },
];
