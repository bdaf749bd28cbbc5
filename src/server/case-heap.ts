// The heap walks of a case, inspected when a page first asks for them: a graph of millions of objects takes seconds and
// memory that the other pages do not need.
import type { Part } from '../api/part.ts';
import type { HeapInspection } from '../inspect-heap.ts';
import type { Case } from '../model/case.ts';

/** Of the memory that is free then. */
const budgetShare = 0.6;

export async function caseHeap(input: Case, toolVersion: string): Promise<Part<HeapInspection>> {
  const { inspectHeap, walksOfCase } = await import('../inspect-heap.ts');
  const walks = await walksOfCase(input, () => performance.now());
  if (walks === undefined) {
    return {
      kind: 'not-captured',
      why: input.walkGap ?? 'the heap was not walked',
      how: 'sudo leakline ui PID, on the machine of the process',
    };
  }
  const { label, pid } = input.target;
  const value = await inspectHeap({
    ...walks,
    toolVersion,
    target: { label, ...(pid === undefined ? {} : { pid }) },
    budgetBytes: process.availableMemory() * budgetShare,
  });
  return { kind: 'captured', value };
}
