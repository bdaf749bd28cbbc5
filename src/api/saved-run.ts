// What a report file carries instead of a server: the answers to the questions that its pages ask, bounded in size.
import type { HeapWhy } from '../report/heap-report.ts';
import type { HeapTreePage } from '../report/heap-tree-page.ts';
import type { SourceAnswer } from './source.ts';

export interface SavedRun {
  readonly schema: 'leakline.saved/1';
  /** By path of `apiPaths`: the answer to the question without a query, or with the largest one. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** Pages of the tree of holders, by row. */
  readonly heapTree: Readonly<Record<string, HeapTreePage>>;
  /** By type. */
  readonly heapWhy: Readonly<Record<string, HeapWhy>>;
  /** Around the lines of findings. */
  readonly sources: readonly SourceAnswer[];
}

/** The element of the page that holds it, gzipped, in base64. */
export const savedRunId = 'leakline-run';
