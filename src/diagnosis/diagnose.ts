// Runs every rule over the evidence and says what follows: findings, what is clear and why, what stays open and what
// would settle it, and one verdict. A rule that throws becomes an open question and a note; the run goes on.
import { arbitrate, type RuledCandidate } from './arbitrate.ts';
import { catalogue } from './catalogue.ts';
import type { DiagnosisInput } from './diagnosis-input.ts';
import type { ClearStatement, Finding, InconclusiveStatement, Verdict } from './finding.ts';
import { findingOf } from './finding-of-story.ts';
import { joinScan } from './join-scan.ts';
import { joinWalk } from './join-walk.ts';
import { openQuestions } from './open-questions.ts';
import { orderKeeps } from './order-keeps.ts';
import { withProofs } from './proven-groups.ts';
import type { Rule, RuleInput } from './rule.ts';
import { goroutineSuspects, growingGroups, heapSuspects } from './suspects.ts';

export interface Diagnosis {
  readonly verdict: Verdict;
  /** The one that costs most, by rate and certainty, first. */
  readonly findings: readonly Finding[];
  readonly clear: readonly ClearStatement[];
  readonly inconclusive: readonly InconclusiveStatement[];
  /** Bugs of ours that a rule ran into. */
  readonly notes: readonly string[];
}

/** A finding at least this sure is a leak; below it is a hint. */
const leakConfidence = 0.5;

export function diagnose(input: DiagnosisInput, rules: readonly Rule[] = catalogue): Diagnosis {
  const ruleInput = ruleInputOf(input);
  const found: RuledCandidate[] = [];
  const clear: ClearStatement[] = [];
  const inconclusive: InconclusiveStatement[] = [];
  const notes: string[] = [];
  let grows = false;
  for (const rule of rules) {
    const missing = rule.needs.find((need) => input[need].kind === 'not-captured');
    if (missing !== undefined) {
      const part = input[missing];
      const why = part.kind === 'not-captured' ? part.why : '';
      if (rule.type === 'leak') inconclusive.push({ rule: rule.id, why, whatWouldSettleIt: whatCaptures[missing] });
      continue;
    }
    try {
      const outcome = rule.evaluate(ruleInput);
      if (outcome.kind === 'candidates') found.push(...outcome.candidates.map((candidate) => ({ rule, candidate })));
      else if (outcome.kind === 'clear') clear.push({ rule: rule.id, examined: outcome.examined, why: outcome.why });
      else {
        inconclusive.push({ rule: rule.id, why: outcome.why, whatWouldSettleIt: outcome.whatWouldSettleIt });
        grows ||= outcome.grows === true;
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      notes.push(`the rule ${rule.id} failed: ${message}. This is a bug of leakline; please report it.`);
      inconclusive.push({ rule: rule.id, why: 'the rule failed', whatWouldSettleIt: 'a fixed version of leakline' });
    }
  }
  const groups = ruleInput.goroutineGroups;
  const joined = joinWalk(found, input.walk.kind === 'captured' ? input.walk.value : undefined, ruleInput.heapSuspects);
  const scanned = joinScan(joined, input.source, ruleInput.heapSuspects);
  const findings = arbitrate(scanned, ruleInput.heapSuspects, groups, input.ownership)
    .map((story) => findingOf(story, input))
    .sort((a, b) => weight(b) - weight(a));
  inconclusive.unshift(...openQuestions(input, findings));
  const isOpen = grows || inconclusive.some((statement) => statement.rule.startsWith('total-'));
  return { verdict: verdictOf(findings, isOpen), findings, clear, inconclusive, notes };
}

const whatCaptures = {
  heap: 'a heap profile (/debug/pprof/heap)',
  goroutines: 'a goroutine profile (/debug/pprof/goroutine)',
  memory: 'memory statistics (/debug/pprof/heap?debug=1, expvar, or a local process)',
  ledger: 'the mappings of the process: run leakline on its machine, with its pid, as its user or as root',
} as const;

function ruleInputOf(input: DiagnosisInput): RuleInput {
  const facts = input.walk.kind === 'captured' ? input.walk.value : undefined;
  const heap = input.heap.kind === 'captured' ? input.heap.value : undefined;
  const measured = input.goroutines.kind === 'captured' ? input.goroutines.value : undefined;
  const goroutines = measured === undefined ? undefined : { ...measured, groups: withProofs(measured.groups, facts) };
  const growing = growingGroups(goroutines?.groups ?? []);
  const groups = goroutines === undefined ? [] : goroutineSuspects(goroutines, input.source, () => true);
  return {
    ...input,
    heapSuspects: heap === undefined ? [] : orderKeeps(heapSuspects(heap, input.source, input.ownership), facts),
    goroutines:
      input.goroutines.kind === 'captured'
        ? { kind: 'captured', value: groups.filter((suspect) => growing.has(suspect.group)) }
        : input.goroutines,
    goroutineGroups: groups,
  };
}

function weight(finding: Finding): number {
  const certain = finding.confidence >= leakConfidence ? 1 : 0.1;
  return certain * finding.confidence * Math.max(1, finding.growth.bytesPerSecond);
}

function verdictOf(findings: readonly Finding[], isOpen: boolean): Verdict {
  if (findings.some((finding) => finding.confidence >= leakConfidence)) return 'leak';
  // Hints, and questions about the totals, leave the answer open; a single rule without its evidence does not.
  if (findings.length > 0 || isOpen) return 'inconclusive';
  return 'clear';
}
