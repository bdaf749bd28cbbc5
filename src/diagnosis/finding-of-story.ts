// From a story that won to the finding that is reported: growth summed over what it explains, evidence with numbers,
// certainty, advice. The only place that makes findings.
import { packageOf } from '../model/ownership.ts';
import type { Story } from './arbitrate.ts';
import { certaintyOf } from './confidence.ts';
import type { DiagnosisInput } from './diagnosis-input.ts';
import type { Evidence, Finding, FindingGrowth, Permanence } from './finding.ts';
import { distinctSites, siteOf } from './sites.ts';

/** A new goroutine's stack (runtime/stack.go, stackMin 2048) and its descriptor. */
const leastGoroutineBytes = 2048 + 448;

export function findingOf(story: Story, input: DiagnosisInput): Finding {
  const { candidate, rule, confidence } = story;
  const { site } = candidate;
  const consequences = story.consequences.map((suspect) => suspect.site);
  return {
    id: `${rule.id}:${site.function}:${site.line}`,
    rule: rule.id,
    kind: candidate.kind,
    permanence: permanenceOf(story),
    certainty: certaintyOf(confidence, candidate.pattern),
    confidence,
    title: candidate.title,
    site: { function: site.function, file: site.file, line: site.line, package: packageOf(site.function) },
    sites: distinctSites([
      ...candidate.sites,
      ...consequences.slice(0, 3).map((heapSite) => siteOf('allocates', heapSite.blamed)),
      ...story.outside.flatMap((dragged) => dragged.candidate.sites.slice(0, 2)),
    ]),
    holder: candidate.holder,
    growth: withOutside(growthOf(story, input), story),
    consequences: [
      ...consequences.map((heapSite) => `go-heap:${heapSite.key}`),
      ...story.outside.flatMap(({ candidate: { outside } }) => (outside === undefined ? [] : [outside.key])),
    ],
    evidence: [
      ...growthEvidence(story, input),
      ...story.outside.flatMap((dragged) => [...growthEvidence(dragged, input), ...dragged.candidate.evidence]),
      ...proofEvidence(story),
      ...candidate.evidence,
    ],
    advice: { what: rule.about.what, why: rule.about.why, fix: rule.about.fix },
    falsePositives: rule.about.falsePositives,
  };
}

function permanenceOf({ candidate }: Story): Permanence {
  return candidate.permanence;
}

function growthOf(story: Story, input: DiagnosisInput): FindingGrowth {
  const { measured } = story.candidate;
  if (measured !== undefined) {
    const { delta, perSecond, perSecondLow, perSecondHigh } = measured.bytes;
    return {
      bytes: Math.round(delta),
      bytesPerSecond: Math.round(perSecond),
      low: Math.round(perSecondLow),
      high: Math.round(perSecondHigh),
      objects: undefined,
      objectsPerSecond: undefined,
    };
  }
  const sites = [...story.heap, ...story.consequences].map((suspect) => suspect.site);
  const perGoroutine = stackBytesPerGoroutine(input);
  let bytes = 0;
  let bytesPerSecond = 0;
  // Sites are independent samples: their half widths add up as squares.
  let below = 0;
  let above = 0;
  for (const { bytes: growth } of sites) {
    bytes += growth.delta;
    bytesPerSecond += growth.perSecond;
    below += (growth.perSecond - growth.perSecondLow) ** 2;
    above += (growth.perSecondHigh - growth.perSecond) ** 2;
  }
  for (const { group } of story.goroutines) {
    const { count } = group;
    bytes += count.delta * perGoroutine;
    bytesPerSecond += count.perSecond * perGoroutine;
    below += ((count.perSecond - count.perSecondLow) * perGoroutine) ** 2;
    above += ((count.perSecondHigh - count.perSecond) * perGoroutine) ** 2;
  }
  const counted = story.candidate.kind === 'go-heap' ? story.heap[0]?.site.objects : story.goroutines[0]?.group.count;
  return {
    bytes: Math.round(bytes),
    bytesPerSecond: Math.round(bytesPerSecond),
    low: Math.round(bytesPerSecond - Math.sqrt(below)),
    high: Math.round(bytesPerSecond + Math.sqrt(above)),
    objects: counted === undefined ? undefined : Math.round(counted.delta),
    objectsPerSecond: counted === undefined ? undefined : Math.round(counted.perSecond * 100) / 100,
  };
}

/** What it drags along outside the Go heap adds up: it is other memory. */
function withOutside(growth: FindingGrowth, { outside }: Story): FindingGrowth {
  const sum = (pick: (bytes: Story['growth']) => number): number =>
    outside.reduce((total, story) => total + Math.round(pick(story.growth)), 0);
  return {
    ...growth,
    bytes: growth.bytes + sum((bytes) => bytes.delta),
    bytesPerSecond: growth.bytesPerSecond + sum((bytes) => bytes.perSecond),
    low: growth.low + sum((bytes) => bytes.perSecondLow),
    high: growth.high + sum((bytes) => bytes.perSecondHigh),
  };
}

/** From the runtime's own figures where stacks and goroutines both grew, else the least that a goroutine costs. */
function stackBytesPerGoroutine({ memory, goroutines }: DiagnosisInput): number {
  if (memory.kind === 'not-captured' || goroutines.kind === 'not-captured') return leastGoroutineBytes;
  const stacks = memory.value.quantities.get('stack-inuse')?.estimate.delta ?? 0;
  const count = goroutines.value.total.delta;
  return stacks > 0 && count >= 10
    ? Math.min(64 * 1024, Math.max(leastGoroutineBytes, stacks / count))
    : leastGoroutineBytes;
}

function growthEvidence(story: Story, input: DiagnosisInput): readonly Evidence[] {
  const evidence: Evidence[] = [];
  const { measured } = story.candidate;
  if (measured !== undefined)
    evidence.push({
      kind: 'growth',
      supports: true,
      what: measured.what,
      unit: 'bytes',
      ...rates(measured.bytes),
      atMs: measured.atMs ?? [],
      values: measured.values ?? [measured.bytes.first, measured.bytes.last],
    });
  if (input.goroutines.kind === 'captured') {
    const atMs = [...input.goroutines.value.atMs];
    for (const { group } of story.goroutines.slice(0, 2)) {
      if (group.count.delta <= 0) continue;
      evidence.push({
        kind: 'growth',
        supports: group.count.shape === 'growing',
        what: `goroutines ${group.state} at ${group.blocked.functionName}:${group.blocked.line}`,
        unit: 'goroutines',
        ...rates(group.count),
        atMs,
        values: [...group.countSeries],
      });
    }
  }
  if (input.heap.kind === 'captured') {
    const atMs = [...input.heap.value.atMs];
    for (const { site } of [...story.heap, ...story.consequences].slice(0, 3)) {
      evidence.push({
        kind: 'growth',
        supports: site.bytes.shape === 'growing',
        what: `live bytes allocated at ${site.blamed.functionName}:${site.blamed.line}`,
        unit: 'bytes',
        ...rates(site.bytes),
        atMs,
        values: [...site.bytesSeries],
      });
    }
  }
  return evidence;
}

function rates(growth: Story['growth']) {
  return {
    perSecond: growth.perSecond,
    low: growth.perSecondLow,
    high: growth.perSecondHigh,
    captures: growth.captures,
    pValue: growth.pValue,
  };
}

function proofEvidence(story: Story): readonly Evidence[] {
  const byWalk = story.goroutines.some(({ group }) => group.provenBy === 'heap-walk');
  const count = story.goroutines.reduce((sum, { group }) => sum + (group.provenLeaked ?? 0), 0);
  if (count === 0) return [];
  const what = byWalk
    ? 'the heap walk found that nothing which still runs can reach what these goroutines wait for'
    : 'the runtime found that nothing can wake these goroutines';
  return [{ kind: 'runtime-proof', supports: true, what, count }];
}
