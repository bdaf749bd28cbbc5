// What objects of unknown type may be: their pointer masks against those of all types of the program.
import type { GoTypes } from './go-types.ts';
import type { HeapImage } from './heap-image.ts';
import { listRuntimeTypes } from './list-runtime-types.ts';
import { memoryOf } from './memory-of-source.ts';
import type { Scanning } from './pointer-scanner.ts';
import { createTypeCandidates, largestGuessedBytes } from './type-candidates.ts';
import { createTypeMasks } from './type-masks.ts';

/** Undefined for objects without pointers, for large ones, and where nothing or too much fits. */
export function guessTypes(
  image: HeapImage,
  { scan }: Scanning,
  types: GoTypes,
): (span: number, element: number) => string | undefined {
  const memory = memoryOf(image.memory);
  const { layout } = image.target;
  // Of its own: what it finds out about types says nothing about the objects of the walk.
  const masks = createTypeMasks(image.memory, layout);
  const candidates = createTypeCandidates(types, masks, () =>
    image.modules.flatMap((module) => listRuntimeTypes(memory, layout, module)),
  );
  const { elementBytes, spanClass } = image.spans;
  const window = new Int32Array(largestGuessedBytes / 8);
  return (span, element) => {
    const bytes = elementBytes[span]!;
    if (bytes > largestGuessedBytes || (spanClass[span]! & 1) === 1) return undefined;
    const count = scan(span, element, 0, window);
    let low = 0;
    let high = 0;
    for (let i = 0; i < (count < 0 ? -1 - count : count); i++) {
      const word = window[i]!;
      if (word < 32) low |= 1 << word;
      else high |= 1 << (word - 32);
    }
    return candidates.guess(bytes, low, high);
  };
}
