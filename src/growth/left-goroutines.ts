// Goroutines that are still there when all rounds of a test run are over, by the test that started them. A label on the
// goroutine names the test and the round; what is there in rounds again and again is left behind by each run, what only
// the first round left is started once (a worker of the package) and grows no further.
import type { GoroutineTable } from '../model/goroutines.ts';
import type { GoroutineGroup } from '../model/growth.ts';
import type { OwnershipOf } from '../model/ownership.ts';
import type { ProfileTable } from '../model/profile.ts';
import { createStackTableBuilder, type Frame, frameAt, framesOf } from '../model/stacks.ts';
import { profilerStacks } from './blame.ts';
import { goroutineKey, measureGoroutineGrowth } from './goroutine-growth.ts';
import { type IdleKind, idleKindOf } from './idle-goroutines.ts';
import { framesOfLocations } from './location-frames.ts';

export interface LeftInput {
  /** With labels. */
  readonly profile: ProfileTable;
  /** Of the same moment. */
  readonly dump: GoroutineTable | undefined;
  /** Before the first test. */
  readonly startDump: GoroutineTable | undefined;
  /** What the runtime proves, of the same moment. */
  readonly leaked: ProfileTable | undefined;
  /** How often each kind of test ran. */
  readonly rounds: TestRounds;
  readonly labels: { readonly test: string; readonly round: string };
  readonly ownership: OwnershipOf;
}

export interface TestRounds {
  readonly tests: number;
  readonly fuzzTests: number;
  readonly examples: number;
}

/**
 * repeated  again and again: each run leaves some behind
 * once      only the first round left it; it grows no further
 * stopped   early rounds left some, later ones did not: a pool that is full
 * sometimes one round that is not the first
 * ending    the newest rounds only: those of earlier rounds may have ended by themselves
 * unrepeated there was one round only
 */
export type LeftPattern = 'repeated' | 'once' | 'stopped' | 'sometimes' | 'ending' | 'unrepeated';

export interface LeftGoroutines {
  /** Full name of the test, with its subtests; undefined when it is not known. */
  readonly test: string | undefined;
  readonly group: GoroutineGroup;
  readonly count: number;
  /** Left by each round; empty when that is not known. */
  readonly perRound: readonly number[];
  readonly pattern: LeftPattern;
  /** The runtime proves that they can never run again. */
  readonly isProven: boolean;
  /** It is on its way (asleep, running): it may end by itself. */
  readonly mayEnd: boolean;
}

export interface IdleGoroutines {
  readonly kind: IdleKind;
  readonly count: number;
}

export interface LeftResult {
  /** The most numerous first. */
  readonly left: readonly LeftGoroutines[];
  readonly idle: readonly IdleGoroutines[];
}

/** Goroutines of so many rounds in a row have lasted. */
const lastingRounds = 3;

interface Draft {
  readonly test: string | undefined;
  readonly frames: readonly Frame[];
  readonly key: string;
  readonly byRound: Map<number, number>;
  count: number;
}

export function leftGoroutines(input: LeftInput): LeftResult {
  const groups = groupsOf(input);
  const drafts = new Map<string, Draft>();
  const idle = new Map<string, { kind: IdleKind; count: number }>();
  const before = countsOf(input.startDump);
  for (const sample of samplesOf(input)) {
    // A round that failed was broken off: what it left says nothing.
    if (sample.round !== undefined && sample.round > roundsOf(sample.test, input.rounds)) continue;
    const kind = idleKindOf(sample.frames);
    const key = goroutineKey(sample.frames);
    let { count } = sample;
    if (sample.test === undefined) {
      // What was there before the first test is not the tests'.
      const known = Math.min(count, before.get(key) ?? 0);
      before.set(key, (before.get(key) ?? 0) - known);
      count -= known;
      if (count === 0 || isMain(sample.frames)) continue;
    }
    if (kind !== undefined) {
      const one = idle.get(kind.id) ?? { kind, count: 0 };
      one.count += count;
      idle.set(kind.id, one);
      continue;
    }
    const test = sample.test ?? testNamedBy(sample.frames, groups.get(key)?.createdBy);
    const name = `${test ?? ''}\n${key}`;
    const draft = drafts.get(name) ?? { test, frames: sample.frames, key, byRound: new Map(), count: 0 };
    draft.count += count;
    if (sample.round !== undefined) draft.byRound.set(sample.round, (draft.byRound.get(sample.round) ?? 0) + count);
    drafts.set(name, draft);
  }
  return {
    left: [...drafts.values()]
      .flatMap((draft) => {
        const group = groups.get(draft.key);
        return group === undefined ? [] : [leftOf(draft, group, input.rounds)];
      })
      .sort((a, b) => b.count - a.count),
    // The runtime's and the test's own are no news.
    idle: [...idle.values()].filter(({ kind }) => kind.id !== 'runtime' && kind.id !== 'testing'),
  };
}

function leftOf(draft: Draft, group: GoroutineGroup, rounds: TestRounds): LeftGoroutines {
  const most = roundsOf(draft.test, rounds);
  const perRound =
    draft.byRound.size === 0 ? [] : Array.from({ length: most }, (_, index) => draft.byRound.get(index + 1) ?? 0);
  return {
    test: draft.test,
    group,
    count: draft.count,
    perRound,
    pattern: patternOf(perRound, draft.count, most),
    isProven: (group.provenLeaked ?? 0) >= draft.count,
    mayEnd: /^(sleep|running|runnable|syscall)\b/.test(group.state),
  };
}

function roundsOf(test: string | undefined, rounds: TestRounds): number {
  // What left a goroutine ran at least once, whatever was counted.
  if (test?.startsWith('Fuzz')) return Math.max(1, rounds.fuzzTests);
  if (test?.startsWith('Example')) return Math.max(1, rounds.examples);
  return test?.startsWith('Benchmark') ? 1 : rounds.tests;
}

function patternOf(perRound: readonly number[], count: number, rounds: number): LeftPattern {
  if (rounds < 2) return 'unrepeated';
  // Without labels only their number speaks.
  if (perRound.length === 0) return count >= rounds ? 'repeated' : count === 1 ? 'once' : 'sometimes';
  const seen = perRound.filter((left) => left > 0).length;
  const later = perRound.slice(Math.ceil(rounds / 2)).some((left) => left > 0);
  if (seen === 1) return perRound[0]! > 0 ? 'once' : 'sometimes';
  const isNewest = perRound.findIndex((left) => left > 0) === rounds - seen;
  if (isNewest && seen < rounds && seen < lastingRounds) return 'ending';
  if (later) return 'repeated';
  return rounds >= 6 ? 'stopped' : 'sometimes';
}

function groupsOf(input: LeftInput): ReadonlyMap<string, GoroutineGroup> {
  const at = 0;
  const growth = measureGoroutineGrowth(
    [{ atMs: at, profile: input.profile }],
    input.dump === undefined ? [] : [{ atMs: at, table: input.dump }],
    input.leaked === undefined ? [] : [{ atMs: at, profile: input.leaked }],
    input.ownership,
  );
  return new Map(growth.groups.map((group) => [group.key, group]));
}

interface LabelledStack {
  readonly frames: readonly Frame[];
  readonly count: number;
  readonly test: string | undefined;
  readonly round: number | undefined;
}

function samplesOf({ profile, labels }: LeftInput): readonly LabelledStack[] {
  const builder = createStackTableBuilder();
  const located = framesOfLocations(profile, builder.internFrame);
  const { frames } = builder.finish();
  const { samples } = profile;
  const result: LabelledStack[] = [];
  for (let row = 0; row < samples.length; row++) {
    const stack: Frame[] = [];
    for (let at = samples.locationStart[row]!; at < samples.locationStart[row + 1]!; at++) {
      const location = samples.location[at]!;
      for (let frame = located.start[location]!; frame < located.start[location + 1]!; frame++)
        stack.push(frameAt(frames, located.frame[frame]! as Parameters<typeof frameAt>[1]));
    }
    const own =
      samples.labelStart === undefined
        ? []
        : samples.labels.slice(samples.labelStart[row]!, samples.labelStart[row + 1]!);
    const round = Number(own.find(({ key }) => key === labels.round)?.value);
    result.push({
      frames: stack,
      count: samples.values[0]![row]!,
      test: own.find(({ key }) => key === labels.test)?.value,
      round: Number.isInteger(round) ? round : undefined,
    });
  }
  return result;
}

function countsOf(dump: GoroutineTable | undefined): Map<string, number> {
  const counts = new Map<string, number>();
  if (dump === undefined) return counts;
  const hidden = profilerStacks(dump.stacks);
  for (let row = 0; row < dump.length; row++) {
    const stack = dump.stack[row]!;
    if (stack < 0 || hidden[stack] === 1) continue;
    const key = goroutineKey(framesOf(dump.stacks, stack as Parameters<typeof framesOf>[1]));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const isMain = (frames: readonly Frame[]): boolean => frames.some((frame) => frame.functionName === 'runtime.main');

/** The code of a test names it, where a label was lost: pprof.Do replaces labels. */
function testNamedBy(frames: readonly Frame[], createdBy: Frame | undefined): string | undefined {
  for (const frame of [...frames, ...(createdBy === undefined ? [] : [createdBy])]) {
    const name = /\.((?:Test|Fuzz|Benchmark|Example)(?:[A-Z_0-9]\w*)?)(?:\.|$)/.exec(frame.functionName)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}
