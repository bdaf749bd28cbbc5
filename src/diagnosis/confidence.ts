// How sure a finding is, from its evidence and nothing else. One place, so that 0.9 means the same in every rule.
//
//   confidence = growth × pattern − doubts
//
// growth   how surely it grows and goes on growing: number of captures, p of the trend, interval away from zero, raw
//          samples behind it, and whether the second half of the window still grows
// pattern  how well the cause is seen (see PatternStrength in rule.ts)
// doubts   each fact against it costs a tenth; a missing piece that could overturn it costs a twentieth
import type { GrowthEstimate } from '../model/growth.ts';
import type { Certainty, Evidence } from './finding.ts';
import type { PatternStrength } from './rule.ts';

const patternWeight: Readonly<Record<PatternStrength, number>> = {
  proof: 1,
  both: 0.97,
  stack: 0.92,
  source: 0.88,
  walk: 0.9,
  shape: 0.68,
  brief: 0.5,
};

/** 0..1: how surely the value grows and keeps growing. */
export function growthConfidence(growth: GrowthEstimate): number {
  if (growth.shape !== 'growing') return growth.shape === 'unclear' && growth.deltaLow > 0 ? 0.45 : 0.1;
  const trend = 1 - Math.min(1, growth.pValue * 4);
  const captures = Math.min(1, 0.7 + growth.captures / 40);
  const samples = growth.rawSamples === undefined ? 1 : Math.min(1, 0.72 + growth.rawSamples / 40);
  // A wide interval is a weak statement even when it excludes zero.
  const width = growth.perSecond > 0 ? Math.max(0, growth.perSecondLow / growth.perSecond) : 0;
  const late = growth.latePerSecondLow > 0 ? 1 : 0.93;
  return clamp(trend * captures * samples * late * (0.9 + 0.1 * width));
}

export interface ConfidenceInput {
  readonly growth: GrowthEstimate;
  readonly pattern: PatternStrength;
  readonly evidence: readonly Evidence[];
}

export function confidenceOf(input: ConfidenceInput): number {
  let against = 0;
  let missing = 0;
  for (const item of input.evidence) {
    if (item.kind === 'missing') missing++;
    else if (!item.supports) against++;
  }
  const base =
    input.pattern === 'proof' ? Math.max(0.9, growthConfidence(input.growth)) : growthConfidence(input.growth);
  return round(clamp(base * patternWeight[input.pattern] - 0.1 * against - 0.05 * missing));
}

/** `proven` needs a proof, not a high number. */
export function certaintyOf(confidence: number, pattern: PatternStrength): Certainty {
  if (pattern === 'proof' && confidence >= 0.85) return 'proven';
  if (confidence >= 0.8 && pattern !== 'shape' && pattern !== 'brief') return 'strong';
  if (confidence >= 0.5) return 'likely';
  return 'possible';
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
const round = (value: number): number => Math.round(value * 100) / 100;
