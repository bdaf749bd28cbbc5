// How fast containers grow from one walk to another. A container is the same when its header is in the same place under the same
// root; a slice that grew lies elsewhere, and is the same when nothing else has its name and type.
import type { ContainerFact, ContainerGrowth } from '../model/heap-containers.ts';

/**
 * Containers that are in both lists, those whose retained bytes grow fastest first. Nothing is said about the others: that a
 * container is not among those that retained most does not mean that it was empty. `seconds` between the walks, above 0.
 */
export function diffContainers(
  before: readonly ContainerFact[],
  after: readonly ContainerFact[],
  seconds: number,
): readonly ContainerGrowth[] {
  if (!(seconds > 0)) return [];
  const byPlace = new Map(before.map((fact) => [placeOf(fact), fact]));
  const byName = uniqueByName(before);
  const namesAfter = uniqueByName(after);
  return after
    .flatMap((now) => {
      const named = now.kind === 'slice' && namesAfter.has(nameOf(now)) ? byName.get(nameOf(now)) : undefined;
      const was = byPlace.get(placeOf(now)) ?? named;
      if (was === undefined) return [];
      return [
        {
          before: was,
          after: now,
          entriesPerSecond: (now.entries - was.entries) / seconds,
          retainedBytesPerSecond: (now.retainedBytes - was.retainedBytes) / seconds,
        },
      ];
    })
    .sort((a, b) => b.retainedBytesPerSecond - a.retainedBytesPerSecond || b.entriesPerSecond - a.entriesPerSecond);
}

const placeOf = ({ kind, address, typeName, root }: ContainerFact): string =>
  `${kind}\n${address}\n${typeName}\n${root}`;
const nameOf = ({ kind, typeName, name }: ContainerFact): string => `${kind}\n${typeName}\n${name}`;

function uniqueByName(facts: readonly ContainerFact[]): ReadonlyMap<string, ContainerFact> {
  const found = new Map<string, ContainerFact | undefined>();
  for (const fact of facts) found.set(nameOf(fact), found.has(nameOf(fact)) ? undefined : fact);
  return new Map([...found].flatMap(([name, fact]) => (fact === undefined ? [] : [[name, fact] as const])));
}
