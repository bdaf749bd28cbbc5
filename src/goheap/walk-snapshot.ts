// Walks the heap in a saved snapshot, on any machine: the same steps as for a core.
import type { ByteSource } from '../base/byte-source.ts';
import { firstMemoryOf, type MemorySource, memoryOfRanges } from '../base/memory-source.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import { buildHeapWalk } from './build-heap-walk.ts';
import { takeHeapImage } from './heap-image.ts';
import { imageMemory } from './image-memory.ts';
import { openTarget } from './open-target.ts';
import { readGoProgram } from './read-program.ts';
import { decodeSnapshot, type SnapshotPart } from './snapshot-format.ts';

/** `nowMs` is a clock for `totalMs`. Throws DecodeError when it is damaged. */
export async function walkSnapshot(bytes: Uint8Array, nowMs: () => number): Promise<HeapWalk> {
  const startedMs = nowMs();
  const { facts, parts } = decodeSnapshot(bytes);
  const file = memoryOfParts(parts, 'file');
  const program = await readGoProgram(fileSource(file, facts.fileBytes));
  const memory = firstMemoryOf([memoryOfParts(parts, 'memory'), imageMemory(file, program.elf, facts.loadBias)]);
  const target = openTarget(program, facts.loadBias, memory, facts.addresses);
  const image = takeHeapImage(target, { rehearsal: undefined, threads: () => facts.threads, progress: () => {} });
  return buildHeapWalk({
    image,
    program,
    loadBias: facts.loadBias,
    takenAtMs: facts.takenAtMs,
    pauseMs: facts.pauseMs,
    stopped: facts.stopped,
    startedMs,
    nowNs: facts.nowNs,
    nowMs,
    gaps: [],
    movedOn: facts.movedOn === undefined ? undefined : Promise.resolve(new Set(facts.movedOn)),
  });
}

const memoryOfParts = (parts: readonly SnapshotPart[], of: SnapshotPart['of']): MemorySource =>
  memoryOfRanges(parts.filter((part) => part.of === of));

/** The code, which was left out, reads as zeros. */
function fileSource(file: MemorySource, size: number): ByteSource {
  return {
    size,
    read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      for (let done = 0; done < bytes.length; ) {
        const count = file.readInto(offset + done, done === 0 ? bytes : bytes.subarray(done));
        done += Math.max(count, 4096 - ((offset + done) % 4096));
      }
      return Promise.resolve(bytes);
    },
  };
}
