// What of the Heap view stands in the URL.

export const heapParts = ['holders', 'types', 'paths', 'changes'] as const;
export type HeapPart = (typeof heapParts)[number];

export interface HeapState {
  readonly part: HeapPart;
  /** Row of the tree of holders whose children are shown. */
  readonly row: number;
  /** First child that is shown. */
  readonly from: number;
  /** What is asked for: a type, an address, a root, a line; '' for nothing. */
  readonly of: string;
  readonly search: string;
}

/** Never throws: what cannot be understood is as if it were not there. */
export function readHeapState(item: string | undefined, query: Readonly<Record<string, string>>): HeapState {
  const count = (text: string | undefined): number => (/^\d{1,9}$/.test(text ?? '') ? Number(text) : 0);
  return {
    part: heapParts.find((one) => one === item) ?? 'holders',
    row: count(query['row']),
    from: count(query['after']),
    of: query['of'] ?? '',
    search: query['find'] ?? '',
  };
}

/** As many as the server puts into one page. */
export const heapPageRows = 200;
