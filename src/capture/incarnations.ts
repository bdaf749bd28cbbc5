// Is this still the same process? From the counters of each capture to an incarnation number. The allocation counters
// of a stack, and the runtime's own totals, only ever rise while a process lives: one that fell is another process. When
// a fallen counter fits where an earlier process stopped, two processes answer behind one address.
import type { ProfileTable } from '../model/profile.ts';

/** What one answer shows of the process that gave it; a part that was not captured is undefined or absent. */
export interface Identity {
  /** What differs between processes for certain: command line, start time; compared as text where both have it. */
  readonly marks: Readonly<Record<string, string>>;
  /** Totals of the runtime by name (`NumGC`), which never fall. */
  readonly totals: Readonly<Record<string, number>>;
  /** Objects ever allocated by each stack, which never fall and never vanish; keyed by a hash of the stack. */
  readonly allocated: ReadonlyMap<number, number> | undefined;
}

export interface IncarnationChange {
  readonly incarnation: number;
  /** `same` process as in the answer before, a `new` one, or one that was seen earlier (`back`). */
  readonly change: 'same' | 'new' | 'back';
  /** What gave it away, one clause; '' for `same`. */
  readonly why: string;
}

export interface IncarnationTracker {
  /** Sets the current incarnation from what an answer shows; call it before the answer's artefacts are kept. */
  observe(identity: Identity): IncarnationChange;
  /** Incarnation of the last observation; 0 before any. */
  current(): number;
  /** The target was unreachable: who answers now is the same process or a new one, never one from before. */
  lostSight(): void;
}

/** Kept few: each holds a map as long as its heap profile. */
const maxRemembered = 8;
/** Processes that take turns are seen again soon; one that was last seen long ago has ended. */
const soon = 12;
const much = 4;

export function createIncarnationTracker(): IncarnationTracker {
  const seen: { readonly incarnation: number; identity: Identity; lastSeen: number }[] = [];
  let observations = 0;
  let current = 0;
  let created = 0;
  return {
    current: () => current,
    lostSight() {
      for (const entry of seen) entry.lastSeen = Number.NEGATIVE_INFINITY;
    },
    observe(identity) {
      observations += 1;
      const now = seen.find((entry) => entry.incarnation === current);
      const why = now === undefined ? undefined : difference(now.identity, identity);
      const fitting = seen
        .filter((entry) => entry !== now && observations - entry.lastSeen <= soon)
        .filter((entry) => difference(entry.identity, identity) === undefined)
        .map((entry) => ({ entry, risen: risenBy(entry.identity, identity) ?? Number.POSITIVE_INFINITY }))
        .sort((a, b) => a.risen - b.risen)[0];
      // The smaller of two that take turns can always have become the larger: the one that had to rise much less is it.
      const risenNow = now === undefined ? undefined : risenBy(now.identity, identity);
      const stays =
        why === undefined && (risenNow === undefined || fitting === undefined || fitting.risen * much >= risenNow);
      if (now !== undefined && stays) {
        now.identity = merge(now.identity, identity);
        now.lastSeen = observations;
        return { incarnation: current, change: 'same', why: '' };
      }
      if (fitting !== undefined && Number.isFinite(fitting.risen)) {
        const { entry } = fitting;
        entry.identity = merge(entry.identity, identity);
        entry.lastSeen = observations;
        current = entry.incarnation;
        return { incarnation: current, change: 'back', why: why ?? 'it fits an earlier process better' };
      }
      const first = created === 0;
      current = created;
      created += 1;
      seen.push({ incarnation: current, identity, lastSeen: observations });
      if (seen.length > maxRemembered) seen.shift();
      return { incarnation: current, change: first ? 'same' : 'new', why: why ?? '' };
    },
  };
}

/** An answer has one part only (totals, or stacks): what earlier ones told stays. */
function merge(before: Identity, now: Identity): Identity {
  return {
    marks: { ...before.marks, ...now.marks },
    totals: { ...before.totals, ...now.totals },
    allocated: now.allocated ?? before.allocated,
  };
}

/** By how much the counters that both tell rose, in whatever they count; undefined when they have none in common. */
function risenBy(before: Identity, now: Identity): number | undefined {
  if (before.allocated !== undefined && now.allocated !== undefined)
    return sumOf(now.allocated.values()) - sumOf(before.allocated.values());
  const common = Object.keys(before.totals).filter((name) => name in now.totals);
  if (common.length > 0) return sumOf(common.map((name) => now.totals[name]! - before.totals[name]!));
  return Object.keys(before.marks).some((name) => name in now.marks) ? 0 : undefined;
}

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** Why `now` cannot be a later moment of the process that was `before`; undefined when it can. */
function difference(before: Identity, now: Identity): string | undefined {
  for (const [name, value] of Object.entries(before.marks)) {
    const later = now.marks[name];
    if (later !== undefined && later !== value) return `its ${name} changed`;
  }
  for (const [name, value] of Object.entries(before.totals)) {
    const later = now.totals[name];
    if (later !== undefined && later < value) return `its counter ${name} went back from ${value} to ${later}`;
  }
  if (before.allocated === undefined || now.allocated === undefined) return undefined;
  let fallen = 0;
  for (const [stack, value] of before.allocated) if ((now.allocated.get(stack) ?? 0) < value) fallen += 1;
  // A few may fall for another reason: Go's inline expansion can spell the locations of one stack in two ways.
  if (fallen * 10 <= before.allocated.size) return undefined;
  return `the allocation counters of ${fallen} of its ${before.allocated.size} stacks went back`;
}

/** `alloc_objects` of each stack of a heap profile; undefined without that column or without samples. */
export function allocatedByStack(profile: ProfileTable): Map<number, number> | undefined {
  const { samples, locations } = profile;
  const values = samples.values[profile.sampleTypes.findIndex((type) => type.type === 'alloc_objects')];
  if (values === undefined || samples.length === 0) return undefined;
  const allocated = new Map<number, number>();
  for (let row = 0; row < samples.length; row += 1) {
    let hash = 17;
    for (let at = samples.locationStart[row]!; at < samples.locationStart[row + 1]!; at += 1) {
      // A prime below 2^32 folds the address into 32 bits.
      hash = (Math.imul(hash, 31) + (locations.address[samples.location[at]!]! % 4_294_967_291)) | 0;
    }
    // Samples of one stack differ in object size; their sum rises as each of them does.
    allocated.set(hash, (allocated.get(hash) ?? 0) + values[row]!);
  }
  return allocated;
}

/** The rising totals of a MemStats trailer: `# NumGC = 12`, `# TotalAlloc = 123`, `# Mallocs = 45`. */
export function totalsOfMemstats(trailer: string): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const name of ['NumGC', 'TotalAlloc', 'Mallocs', 'Frees']) {
    const match = new RegExp(`^# ${name} = (\\d+)$`, 'm').exec(trailer);
    if (match !== null) totals[name] = Number(match[1]);
  }
  return totals;
}
