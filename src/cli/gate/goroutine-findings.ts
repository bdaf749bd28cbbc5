// Goroutines that tests left → findings with the test, the line that waits and the go statement; or why they fail nothing.
import { plural } from '../../base/plural.ts';
import { catalogue } from '../../diagnosis/catalogue.ts';
import type { Certainty, Site } from '../../diagnosis/finding.ts';
import type { LeftGoroutines, LeftResult } from '../../growth/left-goroutines.ts';
import { type OwnershipOf, shortFunctionName } from '../../model/ownership.ts';
import type { Frame } from '../../model/stacks.ts';
import type { TestRunFacts } from '../../model/test-run.ts';
import type { GateFinding, GatePackage } from '../../report/gate-report.ts';

/** Goroutines of libraries that name their cause. */
const causes: readonly (readonly [RegExp, string])[] = [
  [/^net\/http\.\(\*persistConn\)\.readLoop$/, 'response-body-not-closed'],
  [/^database\/sql\.\(\*Rows\)\.awaitDone$/, 'rows-not-closed'],
];

function ruleOf(left: LeftGoroutines): string {
  return causes.find(([pattern]) => pattern.test(left.group.entry.functionName))?.[1] ?? 'hanging-goroutine';
}

const mostFrames = 40;

/** Undefined for what fails no gate. */
export function goroutineFinding(
  left: LeftGoroutines,
  facts: TestRunFacts,
  ownership: OwnershipOf,
): GateFinding | undefined {
  const judged = judge(left);
  if (judged === undefined) return undefined;
  const { group } = left;
  const rule = ruleOf(left);
  const spawns = group.createdBy;
  const waits = group.userFrame ?? group.blocked;
  const ownSpawn = spawns !== undefined && ownership(spawns) === 'main' ? spawns : undefined;
  const best =
    group.userFrame !== undefined && ownership(group.userFrame) === 'main'
      ? siteOf('blocks', group.userFrame)
      : ownSpawn !== undefined
        ? siteOf('spawns', ownSpawn)
        : siteOf('blocks', waits);
  const sites = [siteOf('blocks', waits), ...(spawns === undefined ? [] : [siteOf('spawns', spawns)])];
  const test = left.test ?? '';
  return {
    id: [rule, facts.importPath, test, `${shortFunctionName(best.function)}:${best.line}`].join(' '),
    rule,
    kind: 'goroutine',
    verdict: judged.verdict,
    certainty: judged.certainty,
    title: `${left.test ?? 'a test'} leaves ${plural(left.count, 'goroutine')} behind (${group.state})`,
    package: facts.importPath,
    tests: left.test === undefined ? [] : [left.test],
    site: best,
    sites,
    goroutines: {
      count: left.count,
      perRound: left.perRound,
      state: group.state,
      stack: group.exampleStack
        .slice(0, mostFrames)
        .map(({ functionName, file, line }) => ({ function: functionName, file, line })),
    },
    why: judged.why,
    fix: catalogue.find((one) => one.id === rule)!.about.fix,
    ...(judged.settle === undefined ? {} : { whatWouldSettleIt: judged.settle }),
  };
}

interface Judgement {
  readonly verdict: GateFinding['verdict'];
  readonly certainty: Certainty;
  readonly why: string;
  readonly settle?: string;
}

function judge({ pattern, isProven, mayEnd, perRound, count, test }: LeftGoroutines): Judgement | undefined {
  if (isProven)
    return {
      verdict: 'leak',
      certainty: 'proven',
      why: 'The runtime proves that nothing that can still run will ever wake them.',
    };
  if (pattern === 'once' || pattern === 'stopped') return undefined;
  const grace = 'a longer --grace, when they end by themselves; a stop in the test or its Cleanup, when they do not';
  if (mayEnd)
    return {
      verdict: 'inconclusive',
      certainty: 'possible',
      why: 'They are still there after the grace time, and asleep or running: they may yet end.',
      settle: grace,
    };
  if (pattern === 'unrepeated')
    return {
      verdict: 'inconclusive',
      certainty: 'possible',
      why: 'They are still there after the grace time; the test ran only once, so that this may be a worker that is started once.',
      settle: 'a second round: tests that can be repeated, and --rounds 2 or more',
    };
  if (pattern === 'ending')
    return {
      verdict: 'inconclusive',
      certainty: 'possible',
      why: `Runs left ${perRound.join(', ')}: those of earlier runs may have ended by themselves.`,
      settle: grace,
    };
  if (pattern === 'sometimes')
    return {
      verdict: 'inconclusive',
      certainty: 'possible',
      why: `They are left by some rounds only (${perRound.join(', ') || count}).`,
      settle: `more rounds: --rounds ${Math.max(12, 2 * perRound.length)}`,
    };
  const every = perRound.length > 0 && perRound.every((left) => left > 0);
  return {
    verdict: 'leak',
    certainty: test === undefined ? 'likely' : every ? 'strong' : 'likely',
    why: every
      ? `Each of ${perRound.length} runs left some, and those of the first run are still there.`
      : perRound.length > 0
        ? `Runs left ${perRound.join(', ')}, and all of them are still there.`
        : 'There are as many as there were runs; which test started them is not known, because its labels were replaced.',
  };
}

export function ignoredGoroutines({ left, idle }: LeftResult): GatePackage['ignored'] {
  return [
    ...left.flatMap((one) =>
      !one.isProven && (one.pattern === 'once' || one.pattern === 'stopped')
        ? [
            {
              what: `${one.pattern === 'once' ? 'started once, not by each run' : 'early runs started some, later ones did not'}: ${shortFunctionName(one.group.entry.functionName)}`,
              count: one.count,
              ...(one.test === undefined ? {} : { test: one.test }),
            },
          ]
        : [],
    ),
    ...idle.map(({ kind, count }) => ({ what: kind.what, count })),
  ];
}

const siteOf = (role: Site['role'], frame: Frame): Site => ({
  role,
  function: frame.functionName.replace(/\[go\.shape.*\]/, '[...]'),
  file: frame.file,
  line: frame.line,
});
