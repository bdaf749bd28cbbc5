// Memory that is paid for and not used, as far as the sizes of slots and types tell.
import { type HeapWalk, none } from '../model/heap-graph.ts';
import type { HeapWaste } from '../model/retention.ts';

const tinyBytes = 16;
/** In front of objects above 512 bytes that hold pointers (Go 1.22+); not waste of the program's making, nor ours to guess. */
const headerBytes = 8;

/** How much of these is used is not known from their types: arrays behind slices, text, closures, buffers of channels. */
const holdsMany = /^(?:\[\]|string data|func |chan |map)/;

export function heapWasteOf({ graph, objects, bytes }: HeapWalk): HeapWaste {
  const { types } = graph;
  const rounding = new Float64Array(types.length);
  const counts = new Float64Array(types.length);
  /** 0 where the size says nothing. */
  const sizeOf = types.sizeBytes.map((size, type) =>
    types.certainty[type] === 'exact' && !holdsMany.test(types.name[type]!) ? size : 0,
  );
  let tiny = 0;
  let tinySum = 0;
  for (let node = graph.named.length; node < graph.length; node++) {
    const slotBytes = graph.bytes[node]!;
    if (slotBytes <= tinyBytes) {
      tiny++;
      tinySum += slotBytes;
    }
    const type = graph.type[node]!;
    const sizeBytes = type === none ? 0 : sizeOf[type]!;
    if (sizeBytes <= 0 || sizeBytes > slotBytes) continue;
    const spare = slotBytes - sizeBytes;
    counts[type]!++;
    rounding[type]! += slotBytes > 512 ? Math.max(0, spare - headerBytes) : spare;
  }
  const rows = Array.from(rounding, (_, type) => type)
    .filter((type) => rounding[type]! > 0)
    .sort((a, b) => rounding[b]! - rounding[a]!);
  return {
    uncollectedBytes: Math.max(0, bytes.allocated - bytes.reachable),
    uncollectedObjects: Math.max(0, objects.allocated - objects.reachable),
    roundingBytes: rounding.reduce((sum, one) => sum + one, 0),
    rounding: rows.map((type) => ({ type: types.name[type]!, objects: counts[type]!, bytes: rounding[type]! })),
    tinyObjects: tiny,
    tinyBytes: tinySum,
  };
}
