// A walked heap drawn for tests of what slices and strings can see of it: objects as in draw-go-memory.ts, whose types are
// rows of a table that the test writes, and variables that lead to them.
import { takeHeapImage } from '../../src/goheap/heap-image.ts';
import { indexObjects, slotOfAddress } from '../../src/goheap/object-index.ts';
import { createScanner } from '../../src/goheap/pointer-scanner.ts';
import { createRootSetBuilder } from '../../src/goheap/root-set.ts';
import { createTypeSpread } from '../../src/goheap/type-spread.ts';
import { type TypeTable, untyped } from '../../src/goheap/type-table.ts';
import type { HeaderSources } from '../../src/goheap/visit-headers.ts';
import { nodeOfSlot, walkGraph } from '../../src/goheap/walk-graph.ts';
import { type DrawnObject, drawGoMemory } from './draw-go-memory.ts';

export interface DrawnType {
  readonly name: string;
  readonly sizeBytes: number;
  readonly targets: readonly number[];
}

export interface DrawnVariable {
  readonly to: string;
  /** As type-table.ts writes it; untyped when it is left out. */
  readonly target?: number;
  readonly kind?: 'global' | 'goroutine';
}

export interface DrawnHeaders {
  readonly sources: HeaderSources;
  readonly nameOf: (node: number) => string;
}

export function drawHeaders(
  types: readonly DrawnType[],
  objects: Readonly<Record<string, DrawnObject>>,
  variables: readonly DrawnVariable[],
): DrawnHeaders {
  const { target, addressOf } = drawGoMemory(objects);
  const image = takeHeapImage(target, { rehearsal: undefined, threads: () => [], progress: () => {} });
  const index = indexObjects(image);
  const builder = createRootSetBuilder();
  for (const { to, target: leadsTo = untyped, kind = 'global' } of variables) {
    builder.addNode({ kind, name: `main.${to}` });
    builder.addPointer(addressOf(to), leadsTo);
  }
  const roots = builder.finish();
  const scanning = createScanner(image);
  const table = drawTypes(types);
  const spread = createTypeSpread(image, table);
  const walked = walkGraph(image, index, scanning, roots, spread, new Set(), new Set());
  const names = new Map(
    Object.keys(objects).map((name) => [nodeOfSlot(walked, slotOfAddress(index, addressOf(name))), name]),
  );
  return {
    sources: { image, index, scanning, roots, walked, spread, types: table },
    nameOf: (node) => names.get(node) ?? '?',
  };
}

function drawTypes(rows: readonly DrawnType[]): TypeTable {
  const targets = rows.map((row) => Int32Array.from(row.targets));
  return {
    length: () => rows.length,
    name: (row) => rows[row]!.name,
    sizeBytes: (row) => rows[row]!.sizeBytes,
    targets: (row) => targets[row]!,
    fieldAt: () => '',
    mapParts: () => undefined,
    rowOfRuntimeType: () => -1,
    targetInInterface: () => untyped,
    rowOfClosure: () => -1,
    rowNamed: () => -1,
  };
}
