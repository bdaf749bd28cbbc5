// Containers of a walk, and of two, as `leakline heap` says them.
import type { ContainerFact, ContainerGrowth } from '../model/heap-containers.ts';
import type { HeapContainer, HeapContainerGrowth } from './heap-report.ts';

export const containerOf = ({ kind, name, typeName, ...fact }: ContainerFact): HeapContainer => ({
  kind,
  name,
  type: typeName,
  entries: fact.entries,
  room: fact.capacity,
  retainedBytes: fact.retainedBytes,
});

/** Those of which entries or bytes changed. */
export const containerGrowthOf = (growth: readonly ContainerGrowth[]): readonly HeapContainerGrowth[] =>
  growth
    .filter(({ entriesPerSecond, retainedBytesPerSecond }) => entriesPerSecond !== 0 || retainedBytesPerSecond !== 0)
    .map(({ before, after, entriesPerSecond, retainedBytesPerSecond }) => ({
      kind: after.kind,
      name: after.name,
      type: after.typeName,
      entries: { before: before.entries, after: after.entries },
      room: { before: before.capacity, after: after.capacity },
      retainedBytes: { before: before.retainedBytes, after: after.retainedBytes },
      entriesPerSecond,
      retainedBytesPerSecond,
    }));
