// The types of a walked graph as the model shows them: a row for each that occurs, and for objects of unknown type a row by
// their size.
import type { HeapTypes } from '../model/heap-graph.ts';
import type { SpanTable } from './span-table.ts';
import { isMany, one, rowOf, type TypeTable, timerObject, untyped } from './type-table.ts';
import type { WalkedGraph } from './walk-graph.ts';

export interface TypedNodes {
  readonly types: HeapTypes;
  /** By node; -1 for named nodes. */
  readonly type: Int32Array;
  /** By node: bytes of its slot; 0 for named nodes. */
  readonly nodeBytes: Float32Array;
  readonly exactBytes: number;
  readonly bytes: number;
}

/** `guess` says what an object of unknown type may be; undefined when it has no idea. */
export function describeTypes(
  graph: WalkedGraph,
  spans: SpanTable,
  table: TypeTable,
  guess: (span: number, element: number) => string | undefined,
): TypedNodes {
  const name: string[] = [];
  const sizeBytes: number[] = [];
  const certainty: ('exact' | 'candidates' | 'size-class')[] = [];
  const type = new Int32Array(graph.length).fill(-1, 0, graph.named);
  const nodeBytes = new Float32Array(graph.length);
  // By target, from the lowest on: this is asked for each object.
  const rowOfTarget = new Int32Array(one(table.length()) - timerObject).fill(-1);
  const rowOfName = new Map<string, number>();
  const rowOfSize = new Map<number, number>();
  let bytes = 0;
  let exactBytes = 0;
  const add = (text: string, size: number, kind: (typeof certainty)[number]): number => {
    name.push(text);
    sizeBytes.push(size);
    certainty.push(kind);
    return name.length - 1;
  };
  for (let node = graph.named; node < graph.length; node++) {
    const span = graph.span[node]!;
    const slotBytes = spans.elementBytes[span]!;
    const target = graph.target[node]!;
    bytes += slotBytes;
    nodeBytes[node] = slotBytes;
    if (target === untyped) {
      const guessed = guess(span, graph.element[node]!);
      if (guessed !== undefined) {
        type[node] = rowOfName.get(guessed) ?? add(guessed, 0, 'candidates');
        rowOfName.set(guessed, type[node]!);
        continue;
      }
      const noPointers = spans.spanClass[span]! & 1;
      const key = slotBytes * 2 + noPointers;
      let row = rowOfSize.get(key);
      if (row === undefined) {
        row = add(`${slotBytes} bytes ${noPointers === 1 ? 'without' : 'with'} pointers`, 0, 'size-class');
        rowOfSize.set(key, row);
      }
      type[node] = row;
      continue;
    }
    exactBytes += slotBytes;
    let row = rowOfTarget[target - timerObject]!;
    if (row < 0) {
      // Two descriptors of one type, the runtime's and that of debug information, are one row.
      const text = nameOfTarget(table, target);
      row = rowOfName.get(text) ?? add(text, target < 0 ? 0 : table.sizeBytes(rowOf(target)), 'exact');
      rowOfName.set(text, row);
      rowOfTarget[target - timerObject] = row;
    }
    type[node] = row;
  }
  return {
    types: { length: name.length, name, sizeBytes: Float64Array.from(sizeBytes), certainty },
    type,
    nodeBytes,
    exactBytes,
    bytes,
  };
}

function nameOfTarget(table: TypeTable, target: number): string {
  if (target === timerObject) return 'time.Timer';
  const single = table.name(rowOf(target));
  // What a string points to has a row of its own, that says what it is.
  return isMany(target) && single !== 'string data' ? `[]${single}` : single;
}
