// Finalizers, cleanups and weak handles as roots. Source: runtime/mgcmark.go markrootSpans: a finalizer keeps what its
// object refers to (not the object itself) and its function; a cleanup keeps its function and argument; a weak handle
// itself is kept.
import { wordReaderOf } from '../base/memory-source.ts';
import type { HeapImage } from './heap-image.ts';
import { type PointerScanner, windowWords } from './pointer-scanner.ts';
import type { RootSetBuilder } from './root-set.ts';
import { closure, rowOf, type TypeTable, untyped } from './type-table.ts';

export function addSpecialRoots(
  builder: RootSetBuilder,
  image: HeapImage,
  scan: PointerScanner,
  types: TypeTable,
): void {
  const { specials, spans, queued } = image;
  const { structs, constants } = image.target.layout;
  const reader = wordReaderOf(image.memory);
  for (let i = 0; i < specials.length; i++) {
    const span = specials.span[i]!;
    const kind = specials.kind[i]!;
    const record = specials.address[i]!;
    const element = Math.floor(specials.offset[i]! / spans.elementBytes[span]!);
    const address = spans.start[span]! + element * spans.elementBytes[span]!;
    if (kind === constants.specialFinalizer) {
      // The type that the function takes: a pointer to the object's.
      const pointer = types.rowOfRuntimeType(reader.word(record + structs.specialFinalizer.ot));
      const name = pointer < 0 ? 'finalizer' : `finalizer of ${types.name(pointer)}`;
      builder.addNode({ kind: 'special', name, address });
      builder.addPointer(reader.word(record + structs.specialFinalizer.fn), closure);
      const object = pointer < 0 ? untyped : (types.targets(pointer)[0] ?? untyped);
      addReferences(builder, image, span, element, scan, object < 0 ? [] : types.targets(rowOf(object)));
    } else if (kind === constants.specialCleanup && structs.specialCleanup !== undefined) {
      builder.addNode({ kind: 'special', name: 'cleanup', address });
      const { fn, arg, call } = structs.specialCleanup;
      builder.addPointer(reader.word(record + fn), call === undefined ? closure : undefined);
      if (arg !== undefined) builder.addPointer(reader.word(record + arg));
    } else if (kind === constants.specialWeakHandle && structs.specialWeakHandle !== undefined) {
      builder.addNode({ kind: 'special', name: 'weak handle', address });
      builder.addPointer(reader.word(record + structs.specialWeakHandle.handle));
    }
  }
  for (const [i, kind] of queued.kind.entries()) {
    builder.addNode({ kind: 'special', name: `queued ${kind}` });
    builder.addPointer(queued.fn[i]!, closure);
    builder.addPointer(queued.argument[i]!);
  }
}

function addReferences(
  builder: RootSetBuilder,
  image: HeapImage,
  span: number,
  element: number,
  scan: PointerScanner,
  targets: ArrayLike<number>,
): void {
  const { spans, contents } = image;
  const slab = contents.slabs[contents.spanSlab[span]!];
  if (slab === undefined || (spans.spanClass[span]! & 1) === 1) return;
  const base = contents.spanWord[span]! + element * (spans.elementBytes[span]! / 4);
  const window = new Int32Array(windowWords + 64);
  for (let from = 0; from < spans.elementBytes[span]! / 8; from += windowWords) {
    const answer = scan(span, element, from, window);
    const count = answer < 0 ? -1 - answer : answer;
    for (let i = 0; i < count; i++) {
      const at = base + window[i]! * 2;
      builder.addPointer(slab[at + 1]! * 0x1_0000_0000 + slab[at]!, targets[window[i]!] ?? untyped);
    }
    if (answer < 0) return;
  }
}
