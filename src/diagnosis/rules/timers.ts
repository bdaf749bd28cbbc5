// What the three timer rules share: growth whose values are allocated by, or captured in, a timer, and whether this
// target's runtime collects timers that nothing refers to (since Go 1.23, by build info, never by pattern).
import { timersAreCollected } from '../../model/go-version.ts';
import type { Keep } from '../../model/source-facts.ts';
import { callerSites, sourceEvidence } from '../container-story.ts';
import type { Evidence } from '../finding.ts';
import type { Candidate, RuleInput } from '../rule.ts';
import { distinctSites, siteOf } from '../sites.ts';
import { callerInto, indexOfFunction } from '../stack-patterns.ts';
import type { HeapSuspect } from '../suspects.ts';

export interface TimerStory {
  readonly suspect: HeapSuspect;
  readonly keep: Keep | undefined;
  readonly frame: { readonly functionName: string; readonly file: string; readonly line: number };
  /** Source text of the line, '' when unknown. */
  readonly text: string;
  readonly byStack: boolean;
}

/** Heap suspects that go through one of these functions of package time, or that a timer's closure captures. */
export function timerStories(
  input: RuleInput,
  functions: RegExp,
  keepKinds: readonly Keep['kind'][],
): readonly TimerStory[] {
  return input.heapSuspects.flatMap((suspect) => {
    const stack = suspect.stacks.find((frames) => indexOfFunction(frames, functions) >= 0);
    const callee = /^time\.(\w+)/;
    const keep = suspect.keeps.find((candidate) => {
      if (!keepKinds.includes(candidate.kind)) return false;
      const name = /time\.(\w+)\(/.exec(candidate.site.text)?.[0];
      return name === undefined || functions.test(name.replace('(', '')) || callee.test(candidate.site.text);
    });
    const frame = keep?.site ?? (stack === undefined ? undefined : callerInto(stack, functions, input.ownership));
    if (frame === undefined) return [];
    const text = keep?.site.text ?? input.source.snippet(frame.file, frame.line, 0)?.[0]?.text ?? '';
    return [{ suspect, keep, frame, text, byStack: stack !== undefined }];
  });
}

/** Evidence from the toolchain; `undefined` when this runtime collects such timers, so that it cannot be the cause. */
export function versionEvidence(input: RuleInput): Evidence | undefined {
  const timers = timersAreCollected(input.build);
  if (timers.answer === 'yes') return undefined;
  if (timers.answer === 'no') return { kind: 'version', supports: true, what: timers.why };
  return {
    kind: 'missing',
    supports: true,
    what: `it depends on the Go version, which is not known: ${timers.why}`,
    wouldSettle: 'run against the pid or the binary, so that the build info can be read',
  };
}

export function timerCandidate(
  stories: readonly TimerStory[],
  title: string,
  extra: {
    readonly permanence: Candidate['permanence'];
    readonly evidence: readonly Evidence[];
    readonly specificity: number;
  },
): Candidate {
  const first = stories[0]!; // callers pass at least one story
  return {
    kind: 'go-heap',
    heapKeys: stories.map((story) => story.suspect.key),
    goroutineKeys: [],
    pattern: first.byStack ? (first.text === '' ? 'stack' : 'both') : 'source',
    permanence: extra.permanence,
    title,
    site: siteOf('retains', first.frame),
    sites: distinctSites([
      ...stories.map((story) => siteOf('retains', story.frame)),
      ...stories.map((story) => siteOf('allocates', story.suspect.site.blamed)),
      ...callerSites(stories.map((story) => story.suspect)),
    ]),
    holder: {
      root: 'runtime timer heap',
      path: ['timer', 'function and its captured values'],
      retainedBytes: undefined,
    },
    evidence: [
      ...(first.keep === undefined ? [] : [sourceEvidence('the timer keeps the value here', first.keep.site)]),
      ...extra.evidence,
    ],
    specificity: extra.specificity,
  };
}

/** Stories grouped by the line of the timer, so that closure, timer and captured values are one leak. */
export function byLine(stories: readonly TimerStory[]): readonly (readonly TimerStory[])[] {
  const groups = new Map<string, TimerStory[]>();
  for (const story of stories) {
    const key = `${story.frame.file}:${story.frame.line}`;
    groups.set(key, [...(groups.get(key) ?? []), story]);
  }
  return [...groups.values()];
}
