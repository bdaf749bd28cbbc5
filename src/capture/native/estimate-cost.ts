// What tracing will cost the target, from a second of counting. Figures per event are above what bench/native-cost.mjs
// measured on a two-core virtual machine (x86-64, kernel 6.18), where traps are dear: bare metal should be cheaper.
import type { NativeProbe } from '../../model/native.ts';

export interface NativeRates {
  readonly mallocsPerSecond: number;
  readonly cgocallsPerSecond: number;
  /** Of other processes that share the library and are stopped by the same probes. */
  readonly otherMallocsPerSecond: number;
}

export interface NativeCost extends NativeRates {
  /** Share of one core that tracing every allocation takes from the target, at most. */
  readonly targetCoreShare: number;
  readonly otherCoreShare: number;
  readonly pageFaultCoreShare: number;
}

/** A busy target would be 1.3 times slower: from here on nobody is slowed without having said so. */
export const mostCoreShare = 0.3;

const pairSeconds = { cheapFree: 3e-6, plainFree: 20e-6 };
const otherPairSeconds = { cheapFree: 3e-6, plainFree: 15e-6 };
const cgocallSeconds = 2e-6;

export function estimateCost(rates: NativeRates, cheapFree: boolean): NativeCost {
  const free = cheapFree ? 'cheapFree' : 'plainFree';
  return {
    ...rates,
    targetCoreShare: rates.mallocsPerSecond * pairSeconds[free] + rates.cgocallsPerSecond * cgocallSeconds,
    otherCoreShare: rates.otherMallocsPerSecond * otherPairSeconds[free],
    pageFaultCoreShare: rates.cgocallsPerSecond * cgocallSeconds,
  };
}

/** Of a core, taken from the target and from others by the probe that ran. */
export const costShare = (probe: NativeProbe, cost: NativeCost): number => {
  if (probe === 'malloc' || probe === 'memleak') return cost.targetCoreShare + cost.otherCoreShare;
  return probe === 'page-faults' ? cost.pageFaultCoreShare : 0;
};

/** How many times slower a program is that keeps one core busy and loses a share of it to the probes. */
export const slowdownOf = (coreShare: number): number => 1 + coreShare;

/** Counters of the rate script → rates; undefined when it did not run its second. */
export function decodeRates(text: string): NativeRates | undefined {
  const on = /^on (\d+)$/m.exec(text);
  const end = /^end (\d+)$/m.exec(text);
  if (on === null || end === null) return undefined;
  const seconds = Math.max(0.5, (Number(end[1]) - Number(on[1])) / 1e9);
  const count = (name: string): number => Number(new RegExp(`^@${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    mallocsPerSecond: count('m') / seconds,
    cgocallsPerSecond: count('g') / seconds,
    otherMallocsPerSecond: count('o') / seconds,
  };
}
