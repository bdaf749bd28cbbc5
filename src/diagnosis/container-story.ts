// Growth that ends up in one container is one story, however many lines allocate for it: key, value and the container's
// own growth. Groups heap suspects by the container that their values are kept in.
import type { Keep, KeepKind } from '../model/source-facts.ts';
import type { Evidence, Holder, Site } from './finding.ts';
import { distinctSites, siteOf } from './sites.ts';
import type { HeapSuspect } from './suspects.ts';

export interface ContainerStory {
  /** Resolved name of the container, or the keeping line when it has none. */
  readonly name: string;
  readonly keep: Keep;
  readonly keeps: readonly Keep[];
  readonly suspects: readonly HeapSuspect[];
}

/** Stories of suspects with a keep that `wanted` accepts; the one that grows most bytes first. */
export function containerStories(
  suspects: readonly HeapSuspect[],
  wanted: (keep: Keep, suspect: HeapSuspect) => boolean,
): readonly ContainerStory[] {
  const stories = new Map<string, { keep: Keep; keeps: Keep[]; suspects: HeapSuspect[] }>();
  for (const suspect of suspects) {
    const keep = suspect.keeps.find((candidate) => wanted(candidate, suspect));
    if (keep === undefined) continue;
    const name = containerKey(keep);
    const story = stories.get(name);
    if (story === undefined) stories.set(name, { keep, keeps: [keep], suspects: [suspect] });
    else {
      story.keeps.push(keep);
      story.suspects.push(suspect);
    }
  }
  return [...stories].map(([name, story]) => ({ name, ...story }));
}

function containerKey(keep: Keep): string {
  const container = keep.container;
  if (container === undefined || container.scope === 'unknown') return `${keep.site.file}:${keep.site.line}`;
  if (container.scope === 'local') return `${container.name} in ${keep.site.functionName}`;
  return container.name;
}

export const keepIs = (...kinds: readonly KeepKind[]) => {
  const set = new Set<KeepKind>(kinds);
  return (keep: Keep): boolean => set.has(keep.kind);
};

/** Keeping lines first, then the allocating ones, then who calls them: the places of a container's story. */
export function storySites(story: ContainerStory): readonly Site[] {
  return distinctSites([
    ...story.keeps.map((keep) => siteOf('retains', keep.site)),
    ...story.suspects.flatMap((suspect) =>
      suspect.flows.slice(0, 1).map((flow) => siteOf('allocates', flow.allocation)),
    ),
    ...story.suspects.map((suspect) => siteOf('allocates', suspect.site.blamed)),
    ...callerSites(story.suspects),
    ...story.keep.transforms.flatMap(({ kind, site }) => (kind === 'passed' ? [siteOf('retains', site)] : [])),
  ]).slice(0, 8);
}

/** The line of the program that calls the innermost function of the main suspect: often where the decision is made. */
export function callerSites(suspects: readonly HeapSuspect[]): readonly Site[] {
  const frames = suspects[0]?.userFrames ?? [];
  const caller = frames.find((frame) => frame.functionName !== frames[0]?.functionName);
  return caller === undefined ? [] : [siteOf('allocates', caller)];
}

export function holderOf(keep: Keep): Holder | undefined {
  const container = keep.container;
  if (container === undefined) return undefined;
  const kind = {
    package: 'global',
    field: 'field',
    local: 'local variable',
    parameter: 'parameter',
    unknown: 'variable',
  };
  return {
    root: `${kind[container.scope]} ${container.name}`,
    path: [container.expression],
    retainedBytes: undefined,
  };
}

export function sourceEvidence(what: string, site: Keep['site'], supports = true): Evidence {
  return {
    kind: 'source',
    supports,
    what,
    function: site.functionName,
    file: site.file,
    line: site.line,
    text: site.text,
  };
}

/** Bounds and removals speak against "only grows"; each is shown, and it is the growth that has the last word. */
export function containerEvidence(keep: Keep): readonly Evidence[] {
  const name = keep.container?.expression ?? 'the container';
  return [
    sourceEvidence(`${name} keeps the value here`, keep.site),
    ...keep.bounds.slice(0, 2).map((site) => sourceEvidence(`${name} seems to be bounded here`, site, false)),
    ...keep.removals
      .slice(0, 3)
      .map((removal) =>
        sourceEvidence(`entries leave ${name} here (${removal.kind}), too few or too late`, removal.site),
      ),
  ];
}

export const noHolderWalk: Evidence = {
  kind: 'missing',
  supports: true,
  what: 'the holder is read from the source, not from the heap itself',
  wouldSettle: 'a heap walk of the process',
};
