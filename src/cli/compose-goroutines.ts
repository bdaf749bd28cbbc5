// What `leakline goroutines` found as its JSON value, `leakline.goroutines/1`: from a heap walk, which proves and measures, or
// from a dump, which only tells.
import type { GoroutineTable } from '../model/goroutines.ts';
import { type HeapWalk, none } from '../model/heap-graph.ts';
import type { Counterpart, WakeRoot } from '../model/heap-proofs.ts';
import { type Frame, frameAt, framesOf, noStack } from '../model/stacks.ts';
import { waitingFrame } from '../model/waiting-frame.ts';

interface GoroutinePlace {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

export interface GoroutineGroupResult {
  readonly startFunction: string;
  readonly createdAt?: GoroutinePlace;
  readonly state: string;
  readonly at?: GoroutinePlace;
  readonly count: number;
  readonly oldestWaitMs: number;
  /** unreachable: by the walk. runtime: the runtime marked them. Absent: not proven. */
  readonly proof?: 'unreachable' | 'runtime';
  /** Absent: not measured. */
  readonly retainedBytes?: number;
  readonly stackBytes?: number;
  readonly wokenBy?: WakeRoot;
  readonly counterparts: readonly (Omit<Counterpart, 'at'> & { readonly at?: GoroutinePlace })[];
}

export interface GoroutinesResult {
  readonly schema: 'leakline.goroutines/1';
  readonly target: { readonly label: string; readonly pid?: number; readonly goVersion?: string };
  readonly source: 'heap-walk' | 'dump';
  readonly goroutines: number;
  readonly proven: number;
  /** Heap that nothing but the proven ones reaches; absent without a walk. */
  readonly provenBytes?: number;
  readonly groups: readonly GoroutineGroupResult[];
  /** Why nothing may be proven. */
  readonly doubts: readonly string[];
}

const placeOf = (frame: Frame | undefined): GoroutinePlace | undefined =>
  frame && { function: frame.functionName, file: frame.file, line: frame.line };

/** Leaves out what is not known. */
const where = (createdAt: Frame | undefined, at: Frame | undefined) => ({
  ...(createdAt === undefined ? {} : { createdAt: placeOf(createdAt)! }),
  ...(at === undefined ? {} : { at: placeOf(at)! }),
});

export async function goroutinesOfWalk(walk: HeapWalk, target: GoroutinesResult['target']): Promise<GoroutinesResult> {
  const proofs = await walk.proofs();
  const { goroutines } = walk.graph;
  const stuck = proofs.stuck.map(
    (group): GoroutineGroupResult => ({
      startFunction: group.startFunction,
      ...where(group.createdAt, group.blockedAt),
      state: group.state,
      count: group.count,
      oldestWaitMs: Math.round(group.oldestWaitNs / 1e6),
      ...(group.proof === undefined ? {} : { proof: group.proof }),
      retainedBytes: group.retainedBytes,
      stackBytes: group.stackBytes,
      ...(group.wokenBy === undefined ? {} : { wokenBy: group.wokenBy }),
      counterparts: group.counterparts.map(({ at, ...one }) => ({
        ...one,
        ...(at === undefined ? {} : { at: placeOf(at)! }),
      })),
    }),
  );
  const known = new Set(proofs.stuck.map((group) => keyOf({ ...group, at: group.blockedAt })));
  const others = createGroups();
  for (let row = 0; row < goroutines.length; row++) {
    const created = goroutines.createdAt[row]!;
    const one: One = {
      startFunction: goroutines.startFunction[row]!,
      createdAt: created === none ? undefined : frameAt(goroutines.stacks.frames, created),
      at: waitingFrame(framesOf(goroutines.stacks, goroutines.stack[row]!)),
      state: goroutines.state[row]!,
      waitMs: Math.round(goroutines.waitedNs[row]! / 1e6),
      leaked: false,
    };
    if (!known.has(keyOf(one))) others.add(one);
  }
  return {
    schema: 'leakline.goroutines/1',
    target: { ...target, goVersion: walk.goVersion },
    source: 'heap-walk',
    goroutines: goroutines.length,
    proven: proofs.leakedGoroutines,
    provenBytes: proofs.leakedBytes,
    groups: [...stuck, ...others.finish()].sort(byProofAndCount),
    doubts: proofs.doubts,
  };
}

export function goroutinesOfDump(table: GoroutineTable, target: GoroutinesResult['target']): GoroutinesResult {
  const groups = createGroups();
  for (let row = 0; row < table.length; row++) {
    const stack = table.stack[row]!;
    const frames = stack === noStack ? [] : framesOf(table.stacks, stack);
    const created = table.createdBy[row]!;
    groups.add({
      startFunction: frames.at(-1)?.functionName ?? '',
      createdAt: created < 0 ? undefined : frameAt(table.stacks.frames, created),
      at: waitingFrame(frames),
      state: table.states[table.state[row]!]!,
      waitMs: table.waitMinutes[row]! * 60_000,
      leaked: table.leaked[row] === 1,
    });
  }
  return {
    schema: 'leakline.goroutines/1',
    target,
    source: 'dump',
    goroutines: table.length,
    proven: table.leaked.reduce((sum, one) => sum + one, 0),
    groups: groups.finish().sort(byProofAndCount),
    doubts: ['a dump tells where goroutines wait, not what can still wake them: give the pid to have that proven'],
  };
}

const byProofAndCount = (a: GoroutineGroupResult, b: GoroutineGroupResult): number =>
  Number(b.proof !== undefined) - Number(a.proof !== undefined) || b.count - a.count;

interface One {
  readonly startFunction: string;
  readonly createdAt: Frame | undefined;
  readonly at: Frame | undefined;
  readonly state: string;
  readonly waitMs: number;
  readonly leaked: boolean;
}

function keyOf({
  startFunction,
  createdAt,
  at,
  state,
}: Pick<One, 'startFunction' | 'createdAt' | 'at' | 'state'>): string {
  const place = (frame: Frame | undefined): string =>
    frame === undefined ? '' : `${frame.functionName}:${frame.line}`;
  return [startFunction, place(createdAt), place(at), state].join('|');
}

function createGroups() {
  const groups = new Map<string, { one: One; count: number; oldest: number }>();
  return {
    add(one: One): void {
      const id = `${keyOf(one)}|${one.leaked}`;
      const group = groups.get(id);
      if (group === undefined) groups.set(id, { one, count: 1, oldest: one.waitMs });
      else {
        group.count++;
        group.oldest = Math.max(group.oldest, one.waitMs);
      }
    },
    finish: (): GoroutineGroupResult[] =>
      [...groups.values()].map(({ one, count, oldest }) => ({
        startFunction: one.startFunction,
        ...where(one.createdAt, one.at),
        state: one.state,
        count,
        oldestWaitMs: oldest,
        ...(one.leaked ? { proof: 'runtime' as const } : {}),
        counterparts: [],
      })),
  };
}
