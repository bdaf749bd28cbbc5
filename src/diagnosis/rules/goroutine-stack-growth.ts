// Few goroutines whose stacks grow: recursion that gets deeper and deeper, or a middleware that wraps itself.
import type { GrowthEstimate } from '../../model/growth.ts';
import type { LargeStack } from '../../model/heap-proofs.ts';
import { type Candidate, candidates, type Rule, type RuleInput } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import type { GoroutineSuspect } from '../suspects.ts';
import { stackEvidence } from './hanging-goroutine.ts';

/** A stack this deep is not written by hand. Profiles before Go 1.23 end after 32 frames: then only a walk sees it. */
const deepFrames = 64;
/** Of what stacks grew, what deep ones must hold to be the reason. */
const leastShare = 0.5;

export const goroutineStackGrowth: Rule = {
  id: 'goroutine-stack-growth',
  title: 'Goroutine stacks grow',
  type: 'leak',
  needs: ['memory'],
  about: {
    what: 'Memory for goroutine stacks grows while the number of goroutines does not.',
    why: 'A stack doubles when it is full. Recursion that gets deeper with each step never gives it back before it returns.',
    fix: 'Turn the recursion into a loop, or bound its depth; check for handlers or loggers that wrap themselves.',
    falsePositives:
      'A deep but bounded recursion grows stacks once; the collector shrinks them when they are used less.',
    sources: ['https://pkg.go.dev/runtime/debug#SetMaxStack'],
  },
  evaluate({ memory, goroutines, goroutineGroups, walk }) {
    if (memory.kind === 'not-captured') {
      return {
        kind: 'inconclusive',
        why: memory.why,
        whatWouldSettleIt: 'memory statistics of the runtime (heap?debug=1 or expvar)',
      };
    }
    const stacks = memory.value.quantities.get('stack-inuse')?.estimate;
    if (stacks === undefined || stacks.shape !== 'growing' || stacks.delta < 512 * 1024) {
      return candidates([], 1, 'memory for goroutine stacks does not grow');
    }
    if (goroutines.kind === 'not-captured') {
      return {
        kind: 'inconclusive',
        why: `goroutine stacks grow, and whose is not known: ${goroutines.why}`,
        whatWouldSettleIt: 'a goroutine profile (/debug/pprof/goroutine)',
        grows: true,
      };
    }
    const more = goroutineGroups.reduce((sum, { group }) => sum + group.count.delta, 0);
    const all = goroutineGroups.reduce((sum, { group }) => sum + group.count.last, 0);
    if (more > Math.max(3, 0.2 * all)) return candidates([], 1, 'stacks grow with the number of goroutines');
    const deep = goroutineGroups
      .filter((suspect) => suspect.stack.length >= deepFrames)
      .sort((a, b) => b.stack.length - a.stack.length)[0];
    if (deep !== undefined) return candidates([candidateOf(deep, stacks)], 1, '');
    const walked = deepByWalk(walk, stacks);
    if (walked !== undefined) return candidates([walkedCandidate(walked, goroutineGroups, stacks)], 1, '');
    return {
      kind: 'inconclusive',
      why: 'goroutine stacks grow, but no goroutine was caught with a deep stack',
      whatWouldSettleIt:
        walk.kind === 'captured'
          ? 'watch longer: a capture while a stack is deep'
          : 'a walk of the heap, which sees stacks whole: run it on the machine of the process, with its pid, as root',
      grows: true,
    };
  },
};

/** The goroutines that are deep in one function, where their stacks are most of what grew; the deepest first. */
function deepByWalk(walk: RuleInput['walk'], stacks: GrowthEstimate): readonly LargeStack[] | undefined {
  if (walk.kind === 'not-captured' || walk.value.failedChecks.length > 0) return undefined;
  const deep = walk.value.largeStacks
    .filter(({ deepest }) => deepest.count >= deepFrames / 2)
    .sort((a, b) => b.deepest.count - a.deepest.count);
  const [first] = deep;
  const same = deep.filter(({ deepest }) => deepest.at.functionName === first?.deepest.at.functionName);
  const bytes = same.reduce((sum, one) => sum + one.stackBytes, 0);
  return first !== undefined && bytes >= stacks.delta * leastShare ? same : undefined;
}

function walkedCandidate(
  deep: readonly LargeStack[],
  groups: readonly GoroutineSuspect[],
  stacks: GrowthEstimate,
): Candidate {
  const { deepest, startFunction, createdAt, goroutine } = deep[0]!; // the deepest
  return {
    kind: 'goroutine',
    heapKeys: [],
    goroutineKeys: groups
      .filter(({ stack }) => stack.some(({ functionName }) => functionName === deepest.at.functionName))
      .map(({ key }) => key),
    pattern: 'walk',
    permanence: 'permanent',
    title:
      deep.length === 1
        ? `A goroutine's stack grows through ${placeName(deepest.at)}`
        : `The stacks of ${deep.length} goroutines grow through ${placeName(deepest.at)}`,
    site: siteOf('blocks', deepest.at),
    sites: distinctSites([
      siteOf('blocks', deepest.at),
      ...(createdAt === undefined ? [] : [siteOf('spawns', createdAt)]),
    ]),
    holder: { root: `goroutine ${startFunction}`, path: ['stack'], retainedBytes: undefined },
    measured: { what: 'memory of goroutine stacks', bytes: stacks },
    evidence: [
      {
        kind: 'runtime-proof',
        supports: true,
        what: `goroutine ${goroutine} stands in ${deepest.at.functionName} again and again, as its stack in memory shows`,
        count: deepest.count,
      },
    ],
    specificity: 4,
  };
}

function candidateOf(suspect: GoroutineSuspect, stacks: GrowthEstimate): Candidate {
  const repeated = mostRepeated(suspect);
  return {
    kind: 'goroutine',
    heapKeys: [],
    goroutineKeys: [suspect.key],
    pattern: 'stack',
    permanence: 'permanent',
    title: `A goroutine's stack grows through ${placeName(repeated)}`,
    site: siteOf('blocks', repeated),
    sites: distinctSites([siteOf('blocks', repeated), siteOf('blocks', suspect.group.entry)]),
    holder: { root: `goroutine ${suspect.group.entry.functionName}`, path: ['stack'], retainedBytes: undefined },
    measured: { what: 'memory of goroutine stacks', bytes: stacks },
    evidence: [stackEvidence(suspect)],
    specificity: 4,
  };
}

function mostRepeated({ stack }: GoroutineSuspect) {
  const counts = new Map<string, number>();
  let best = stack[0]!; // at least `deepFrames` frames
  for (const frame of stack) {
    const key = `${frame.functionName}:${frame.line}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count > (counts.get(`${best.functionName}:${best.line}`) ?? 0)) best = frame;
  }
  return best;
}
