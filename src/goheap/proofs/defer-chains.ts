// Calls that goroutines have deferred. Source: runtime/runtime2.go type _defer, runtime/panic.go deferproc, deferrangefunc;
// records of statements outside of loops lie on the stack or, open-coded, nowhere.
import { wordReaderOf } from '../../base/memory-source.ts';
import type { HeapImage } from '../heap-image.ts';

export interface DeferDraft {
  /** Row of the goroutine table. */
  readonly row: number;
  /** Return address in the function with the defer statement. */
  readonly pc: number;
  /** Code of the function that is deferred. */
  readonly deferredPc: number;
  readonly records: number[];
  /** Function values. */
  readonly closures: number[];
}

const mostRecords = 1 << 24;

/** A function defers a handful of calls; a loop goes on. */
const leastDeferred = 8;

/** Chains of many records of one line, the longest first. `deferred`: length of the chain by row of the goroutine table. */
export function readDeferChains(image: HeapImage, deferred: Int32Array): DeferDraft[] {
  const { g, defer } = image.target.layout.structs;
  const reader = wordReaderOf(image.memory);
  const drafts: DeferDraft[] = [];
  for (let row = 0; row < image.goroutines.length; row++) {
    // Those of a range over a function hang on one record.
    if (deferred[row]! === 0) continue;
    const byPc = new Map<number, DeferDraft>();
    const add = (record: number): void => {
      const pc = reader.word(record + defer.pc);
      const closure = reader.word(record + defer.fn);
      const known = byPc.get(pc);
      if (known === undefined) {
        byPc.set(pc, { row, pc, deferredPc: reader.word(closure), records: [record], closures: [closure] });
      } else {
        known.records.push(record);
        known.closures.push(closure);
      }
    };
    let seen = 0;
    let record = reader.word(image.goroutines.address[row]! + g.defer);
    for (; record > 0 && seen++ < mostRecords; record = reader.word(record + defer.link)) {
      const isRange = defer.rangefunc !== undefined && reader.uint8(record + defer.rangefunc) === 1;
      if (!isRange) {
        if (reader.uint8(record + defer.heap) === 1) add(record);
        continue;
      }
      // Statements in the body of a range over a function hang on a record of their own.
      let inner = defer.head === undefined ? 0 : reader.word(reader.word(record + defer.head));
      for (; inner > 0 && seen++ < mostRecords; inner = reader.word(inner + defer.link)) add(inner);
    }
    drafts.push(...[...byPc.values()].filter(({ records }) => records.length >= leastDeferred));
  }
  return drafts.sort((a, b) => b.records.length - a.records.length);
}
