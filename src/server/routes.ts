// What the server answers, by path. A new answer is a file in routes/ and a line here.
import { apiPaths } from '../api/paths.ts';
import type { Query } from './query.ts';
import { answerHeap, answerHeapTree, answerHeapWhy } from './routes/answer-heap.ts';
import { answerStacks } from './routes/answer-stacks.ts';
import type { Served } from './served.ts';

export interface ApiRoute {
  /** Of `apiPaths`. */
  readonly path: string;
  /** A value for JSON. Throws KnownError for what a reader can understand. */
  readonly answer: (served: Served, query: Query) => Promise<unknown>;
}

export const apiRoutes: readonly ApiRoute[] = [
  { path: apiPaths.report, answer: (served) => served.report() },
  { path: apiPaths.stacks, answer: answerStacks },
  { path: apiPaths.heap, answer: answerHeap },
  { path: apiPaths.heapTree, answer: answerHeapTree },
  { path: apiPaths.heapWhy, answer: answerHeapWhy },
];
