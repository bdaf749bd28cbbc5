// What is known of one start of the target while it lasts: its figures, its pace, what was taken of it. All of it begins anew
// when the target does.

import { createFigures, type Figures } from './figures.ts';
import type { Silence } from './silence.ts';
import type { EvidenceTaker } from './take-evidence.ts';

export interface TargetStart {
  readonly incarnation: number;
  readonly figures: Figures;
  readonly takeEvidence: EvidenceTaker;
  /** Thresholds of the limit that were passed. */
  readonly passed: Set<string>;
  profiles: number;
  /** By the steady clock, as all moments here. */
  lastProfileMs: number | undefined;
  lastIntervalMs: number | undefined;
  profileCostMs: number;
  lastRuntimeMs: number | undefined;
  runtimeCostMs: number;
  walks: number;
  lastWalkMs: number | undefined;
  walkPauseMs: number;
  lastTraceMs: number | undefined;
  /** Beyond chance, in the last look at the figures. */
  growing: boolean;
  totals: Record<string, number>;
  /** undefined: it answers. */
  silence: Silence | undefined;
}

export function createTargetStart(
  incarnation: number,
  takeEvidence: EvidenceTaker,
  passed: readonly string[],
): TargetStart {
  return {
    incarnation,
    figures: createFigures(),
    takeEvidence,
    passed: new Set(passed),
    profiles: 0,
    lastProfileMs: undefined,
    lastIntervalMs: undefined,
    profileCostMs: 0,
    lastRuntimeMs: undefined,
    runtimeCostMs: 0,
    walks: 0,
    lastWalkMs: undefined,
    walkPauseMs: 0,
    lastTraceMs: undefined,
    growing: false,
    totals: {},
    silence: undefined,
  };
}

/** Figures that a leak would make grow. */
export const watched = ['rss-anon', 'rss', 'gc-goal', 'heap-live', 'goroutines', 'open-files', 'threads'] as const;

/** Does anything grow that a leak would make grow? */
export function somethingGrows({ figures }: TargetStart): boolean {
  return watched.some((name) => figures.growth(name)?.shape === 'growing');
}
