// A series of goroutine profiles and dumps → groups of goroutines with one entry, wait state and blocked line, and how
// their number grows. Profiles give cheap exact counts; dumps add creators, ages and Go's own wait reasons.

import type { GoroutineTable } from '../model/goroutines.ts';
import type { GoroutineGroup, GoroutineGrowth, GoroutineLabel } from '../model/growth.ts';
import type { OwnershipOf } from '../model/ownership.ts';
import type { ProfileTable } from '../model/profile.ts';
import { type Frame, frameAt, framesOf } from '../model/stacks.ts';
import { profilerStacks } from './blame.ts';
import { countLabels } from './count-labels.ts';
import { estimateGrowth } from './estimate-growth.ts';
import { mergeProfiles } from './merge-profiles.ts';
import { waitStateOf } from './wait-state.ts';

export interface GoroutineCapture {
  readonly atMs: number;
  readonly profile: ProfileTable;
}

export interface GoroutineDump {
  readonly atMs: number;
  readonly table: GoroutineTable;
}

interface Draft {
  /** The deepest stack that was seen. */
  frames: readonly Frame[];
  state: string;
  stateSource: 'dump' | 'frames';
  readonly counts: Float64Array;
  createdBy: Frame | undefined;
  oldestWaitMinutes: number | undefined;
  provenLeaked: number | undefined;
  lockedToThread: boolean;
  labels: readonly GoroutineLabel[];
}

/** A handful of goroutines more is the ordinary life of a server. */
const materialGoroutines = 3;

/** At least one profile or dump. */
export function measureGoroutineGrowth(
  profiles: readonly GoroutineCapture[],
  dumps: readonly GoroutineDump[],
  leaks: readonly GoroutineCapture[],
  ownership: OwnershipOf,
): GoroutineGrowth {
  const drafts = new Map<string, Draft>();
  const series = profiles.length > 0 ? profiles : dumps;
  const atMs = Float64Array.from(series as readonly { readonly atMs: number }[], (capture) => capture.atMs);
  if (profiles.length > 0) countProfiles(profiles, drafts);
  for (const [index, dump] of dumps.entries())
    readDump(dump.table, drafts, profiles.length > 0 ? undefined : index, atMs.length);
  const leak = leaks.at(-1);
  if (leak !== undefined) markLeaked(leak.profile, drafts);
  const groups = [...drafts].map(([key, draft]) => groupOf(key, draft, atMs, ownership));
  const totalSeries = new Float64Array(atMs.length);
  for (const { countSeries } of groups) for (let i = 0; i < totalSeries.length; i++) totalSeries[i]! += countSeries[i]!;
  return {
    atMs,
    total: estimateGrowth({ atMs, values: totalSeries }, { materialDelta: 2 * materialGoroutines }),
    totalSeries,
    groups: groups.sort((a, b) => b.count.delta - a.count.delta || b.count.last - a.count.last),
  };
}

function countProfiles(profiles: readonly GoroutineCapture[], drafts: Map<string, Draft>): void {
  const merged = mergeProfiles(profiles.map((capture) => capture.profile));
  const hidden = profilerStacks(merged.stacks);
  for (let entry = 0; entry < merged.rows.length; entry++) {
    const row = merged.rows[entry]!;
    if (hidden[row] === 1) continue;
    const draft = draftOf(drafts, framesOf(merged.stacks, row), profiles.length);
    for (let capture = 0; capture < profiles.length; capture++)
      draft.counts[capture]! += merged.values[capture]![0]![entry]!;
  }
  const last = profiles.at(-1)!.profile;
  const labels = countLabels(last, merged.entryOfSample.at(-1)!, (entry) =>
    findDraft(drafts, framesOf(merged.stacks, merged.rows[entry]!)),
  );
  for (const [draft, counted] of labels) draft.labels = counted;
}

/** Adds what only a dump knows; counts from it when there are no profiles (`capture` is then its index). */
function readDump(
  table: GoroutineTable,
  drafts: Map<string, Draft>,
  capture: number | undefined,
  captures: number,
): void {
  const hidden = profilerStacks(table.stacks);
  const frames = new Map<number, readonly Frame[]>();
  for (let row = 0; row < table.length; row++) {
    const stack = table.stack[row]!;
    if (stack < 0 || hidden[stack] === 1) continue;
    const spelled = frames.get(stack) ?? framesOf(table.stacks, stack);
    frames.set(stack, spelled);
    const state = table.states[table.state[row]!]!;
    const draft = capture === undefined ? findDraft(drafts, spelled) : draftOf(drafts, spelled, captures, state);
    if (draft === undefined) continue;
    if (capture !== undefined) draft.counts[capture]! += 1;
    draft.stateSource = 'dump';
    if (waitsLong(state)) draft.state = state;
    const creator = table.createdBy[row]!;
    if (creator >= 0) draft.createdBy = frameAt(table.stacks.frames, creator);
    draft.oldestWaitMinutes = Math.max(draft.oldestWaitMinutes ?? 0, table.waitMinutes[row]!);
    if (table.leaked[row] === 1) draft.provenLeaked = (draft.provenLeaked ?? 0) + 1;
    if (table.lockedToThread[row] === 1) draft.lockedToThread = true;
  }
}

function markLeaked(profile: ProfileTable, drafts: Map<string, Draft>): void {
  const merged = mergeProfiles([profile]);
  for (const draft of drafts.values()) draft.provenLeaked = 0;
  for (let entry = 0; entry < merged.rows.length; entry++) {
    const draft = findDraft(drafts, framesOf(merged.stacks, merged.rows[entry]!));
    if (draft !== undefined) draft.provenLeaked = (draft.provenLeaked ?? 0) + merged.values[0]![0]![entry]!;
  }
}

/** States of a goroutine that is on its way are of the moment; a wait reason describes the group. */
function waitsLong(state: string): boolean {
  return state !== 'runnable' && state !== 'running' && state !== 'syscall' && state !== '';
}

/** A goroutine that is just being made or ended has no frames in a profile. */
const noFrame: Frame = { functionName: '<no stack>', file: '', line: 0 };

/** One kind of goroutine: its frames outside the runtime, each once. */
export function goroutineKey(frames: readonly Frame[]): string {
  // Each frame once: goroutines that differ only in the depth of their recursion are of one kind.
  // Dumps leave type parameters out: `f[...]`.
  const names = outsideRuntime(frames).map((frame) => `${frame.functionName.replace(/\[.*\]/, '[...]')}:${frame.line}`);
  return [...new Set(names)].join('<');
}

/** Without frames of package runtime, which differ between profiles and dumps; all of them when nothing else is left. */
function outsideRuntime(frames: readonly Frame[]): readonly Frame[] {
  const outside = frames.filter(
    (frame) => !/^(runtime|internal\/runtime(\/\w+)*)\./.test(frame.functionName) && !isLinkname(frame),
  );
  return outside.length > 0 ? outside : frames.filter((frame) => frame.functionName !== 'runtime.goexit');
}

/** Runtime functions under another package's name: dumps show them as that package's, profiles as both. */
function isLinkname(frame: Frame): boolean {
  return /^(sync|internal\/sync|internal\/poll|time|os\/signal|reflect|syscall)\.runtime_/.test(frame.functionName);
}

function findDraft(drafts: Map<string, Draft>, frames: readonly Frame[]): Draft | undefined {
  return drafts.get(goroutineKey(frames));
}

function draftOf(drafts: Map<string, Draft>, frames: readonly Frame[], captures: number, state?: string): Draft {
  const key = goroutineKey(frames);
  let draft = drafts.get(key);
  if (draft === undefined) {
    draft = {
      frames,
      state: state ?? waitStateOf(frames),
      stateSource: state === undefined ? 'frames' : 'dump',
      counts: new Float64Array(captures),
      createdBy: undefined,
      oldestWaitMinutes: undefined,
      provenLeaked: undefined,
      lockedToThread: false,
      labels: [],
    };
    drafts.set(key, draft);
  } else if (frames.length > draft.frames.length) draft.frames = frames;
  return draft;
}

function groupOf(key: string, draft: Draft, atMs: Float64Array, ownership: OwnershipOf): GoroutineGroup {
  const outside = outsideRuntime(draft.frames);
  return {
    key,
    entry: outside.at(-1) ?? draft.frames.at(-1) ?? noFrame,
    createdBy: draft.createdBy,
    state: draft.state,
    stateSource: draft.stateSource,
    blocked: outside[0] ?? draft.frames[0] ?? noFrame,
    userFrame:
      outside.find((frame) => ownership(frame) === 'main') ??
      outside.find((frame) => ownership(frame) === 'dependency'),
    exampleStack: draft.frames,
    count: estimateGrowth({ atMs, values: draft.counts }, { materialDelta: materialGoroutines }),
    countSeries: draft.counts,
    oldestWaitMinutes: draft.oldestWaitMinutes,
    provenLeaked: draft.provenLeaked,
    lockedToThread: draft.lockedToThread,
    labels: draft.labels,
  };
}
