// `api/heap`: the report of the last heap walk. `api/heap/tree?row=&from=`: a page of its tree of holders.
// `api/heap/why?of=`: how objects of a type, an object or a root are held. Contents of memory are in none of them.
import type { Part } from '../../api/part.ts';
import { KnownError } from '../../base/errors.ts';
import type { HeapInspection } from '../../inspect-heap.ts';
import type { HeapReport, HeapWhy } from '../../report/heap-report.ts';
import type { HeapTreePage } from '../../report/heap-tree-page.ts';
import { BadQuery, type Query } from '../query.ts';
import type { Served } from '../served.ts';

const pageRows = 200;
const mostWays = 5;

export async function answerHeap(served: Served): Promise<Part<HeapReport>> {
  const heap = await served.heap();
  return heap.kind === 'captured' ? { kind: 'captured', value: heap.value.report() } : heap;
}

export async function answerHeapTree(served: Served, query: Query): Promise<HeapTreePage> {
  const row = query.count('row', 0, Number.MAX_SAFE_INTEGER);
  const from = query.count('from', 0, Number.MAX_SAFE_INTEGER);
  return (await inspected(served)).page(row, from, pageRows);
}

export async function answerHeapWhy(served: Served, query: Query): Promise<HeapWhy> {
  const question = query.text('of');
  if (question === undefined) throw new BadQuery('of is missing: a type, an address, a root or a line');
  return (await inspected(served)).why({ question, mostWays });
}

async function inspected(served: Served): Promise<HeapInspection> {
  const heap = await served.heap();
  if (heap.kind === 'captured') return heap.value;
  throw new KnownError('E-HEAP-NO-WALK', `${heap.why}`, heap.how === undefined ? {} : { advice: heap.how });
}
