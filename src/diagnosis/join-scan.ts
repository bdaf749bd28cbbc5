// Joins candidates with the static rules of the scan, which looked at the same source without knowing what grows: a hit of
// the same rule on a line of the candidate is one more witness for it, and where nobody knows who keeps what grows, hits in
// the same package say where to look. A hit is never a candidate of its own: what it may leak is not measured.
import type { ScanHit } from '../model/scan.ts';
import type { SourceFacts } from '../model/source-facts.ts';
import type { RuledCandidate } from './arbitrate.ts';
import type { Evidence } from './finding.ts';
import type { Candidate, PatternStrength } from './rule.ts';
import type { HeapSuspect } from './suspects.ts';

/** Hints for memory whose keeper is not known. */
const mostHints = 3;
/** Rules of places that keep memory. */
const keepers = new Set([
  'unbounded-map',
  'unbounded-slice',
  'callback-not-unregistered',
  'substring',
  'subslice',
  'lost-slice-elements',
  'sync-pool-oversized',
]);

export function joinScan(
  found: readonly RuledCandidate[],
  source: SourceFacts,
  suspects: readonly HeapSuspect[],
): readonly RuledCandidate[] {
  if (source.files.length === 0) return found;
  const byKey = new Map(suspects.map((suspect) => [suspect.key, suspect]));
  return found.map(({ rule, candidate }) => {
    if (rule.id === 'unknown-retention') {
      const suspect = candidate.heapKeys.flatMap((key) => byKey.get(key) ?? [])[0];
      const hints = suspect === undefined ? [] : hintsFor(suspect, source);
      return { rule, candidate: { ...candidate, evidence: [...candidate.evidence, ...hints] } };
    }
    const hit = hitOn(candidate, rule.id, source);
    if (hit === undefined) return { rule, candidate };
    return {
      rule,
      candidate: {
        ...candidate,
        pattern: witnessed(candidate.pattern),
        evidence: [...candidate.evidence, evidenceOf(hit, 'the scan of the source sees it, too')],
      },
    };
  });
}

/** The stacks say it, and now the source does as well. What was read from the source already has no second witness. */
const witnessed = (pattern: PatternStrength): PatternStrength => (pattern === 'stack' ? 'both' : pattern);

/** A hit of this rule that points, or is related, to a line of the candidate. */
function hitOn({ site, sites }: Candidate, rule: string, source: SourceFacts): ScanHit | undefined {
  const lines = new Set([site, ...sites].map(({ file, line }) => `${file}:${line}`));
  for (const file of new Set([site, ...sites].map((place) => place.file))) {
    const hit = source
      .hitsIn(file)
      .find(
        (one) => one.rule === rule && [one, ...one.related].some((place) => lines.has(`${place.file}:${place.line}`)),
      );
    if (hit !== undefined) return hit;
  }
  return undefined;
}

/** Places of the package that keep something without end; those of functions on the way to the allocation first. */
function hintsFor({ userFrames }: HeapSuspect, source: SourceFacts): readonly Evidence[] {
  const functions = new Set(userFrames.map((frame) => frame.functionName));
  const hits = [...new Set(userFrames.map((frame) => frame.file))].flatMap((file) =>
    source.hitsIn(file).filter((hit) => keepers.has(hit.rule)),
  );
  const distinct = [...new Map(hits.map((hit) => [`${hit.file}:${hit.line}`, hit])).values()];
  const isOnTheWay = (hit: ScanHit): number => (functions.has(hit.functionName) ? 0 : 1);
  return distinct
    .sort((a, b) => isOnTheWay(a) - isOnTheWay(b))
    .slice(0, mostHints)
    .map((hit) => evidenceOf(hit, `it may be kept here: the scan of the source found ${hit.rule}`));
}

const evidenceOf = (hit: ScanHit, what: string): Evidence => ({
  kind: 'source',
  supports: true,
  what: `${what}: ${hit.message}`,
  function: hit.functionName,
  file: hit.file,
  line: hit.line,
  text: hit.text,
});
