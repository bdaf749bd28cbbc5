// A derived context whose cancel function is never called stays in its parent's children map:
//
//   ctx, _ := context.WithCancel(base)            // base lives as long as the program
//
// With WithTimeout or WithDeadline the runtime removes it when the time is up: then the leak is temporary.
import type { Keep } from '../../model/source-facts.ts';
import type { Frame } from '../../model/stacks.ts';
import { patternByStack } from '../brief-watch.ts';
import { callerSites, sourceEvidence } from '../container-story.ts';
import { type Candidate, candidates, type Rule, type RuleInput } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import { callerInto, indexOfFunction } from '../stack-patterns.ts';
import type { GoroutineSuspect, HeapSuspect } from '../suspects.ts';
import { containerOf } from '../walk-story.ts';
import { walkedCandidates } from '../walked-candidates.ts';

const derive =
  /^context\.(With(Cancel|Timeout|Deadline)|withCancel|AfterFunc|\(\*cancelCtx\)\.propagateCancel|propagateCancel|newCancelCtx)/;
const timed = /^context\.With(Timeout|Deadline)/;
const watcher = /^context\.(propagateCancel|\(\*cancelCtx\)\.propagateCancel)\.func/;

export const contextNotCancelled: Rule = {
  id: 'context-not-cancelled',
  title: 'Context that is never cancelled',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'Contexts are derived from a long-lived parent and their cancel function is not called.',
    why: 'The parent keeps each child, with all its values, in a map until the child is cancelled, times out, or the parent ends. Goroutines that wait for Done wait as long.',
    fix: 'Call the cancel function on every path: ctx, cancel := context.WithCancel(parent); defer cancel(). go vet reports most of these (lostcancel).',
    falsePositives:
      'Children of context.Background() are not registered anywhere; contexts of long requests are alive for a reason.',
    sources: ['https://pkg.go.dev/context#WithCancel', 'https://github.com/golang/go/issues/47806'],
  },
  evaluate(input) {
    const { heapSuspects, goroutineGroups, goroutines, source, ownership } = input;
    const found: Candidate[] = [];
    const stories = new Map<
      string,
      { at: Frame; suspects: HeapSuspect[]; keep: Keep | undefined; byStack: boolean; timed: boolean }
    >();
    for (const suspect of heapSuspects) {
      const stack = suspect.stacks.find((frames) => indexOfFunction(frames, derive) >= 0);
      const keep = suspect.keeps.find((candidate) => candidate.kind === 'context-child');
      const at = keep?.site ?? (stack === undefined ? undefined : callerInto(stack, derive, ownership));
      if (at === undefined) continue;
      const key = `${at.functionName}:${at.line}`;
      const story = stories.get(key) ?? { at, suspects: [], keep, byStack: false, timed: false };
      story.suspects.push(suspect);
      story.keep ??= keep;
      story.byStack ||= stack !== undefined;
      story.timed ||= stack !== undefined && indexOfFunction(stack, timed) >= 0;
      stories.set(key, story);
    }
    for (const story of stories.values()) {
      const facts = source.functionAround(story.at);
      const dropped = facts?.unreleased.find((item) => item.kind === 'cancel');
      // Cancelled as it should be: then the context is not what keeps it.
      if (facts !== undefined && dropped === undefined && !story.byStack) continue;
      const waiting = goroutineGroups.filter(
        (suspect) => waitsForDone(suspect) && suspect.group.count.shape === 'growing',
      );
      found.push({
        kind: 'go-heap',
        heapKeys: story.suspects.map((suspect) => suspect.key),
        goroutineKeys: waiting.map((suspect) => suspect.key),
        pattern: story.byStack ? (dropped === undefined ? patternByStack(input, story.at) : 'both') : 'source',
        permanence:
          story.timed || /With(Timeout|Deadline)/.test(story.keep?.site.text ?? '') ? 'temporary' : 'permanent',
        title: `Contexts derived at ${placeName(story.at)} are never cancelled`,
        site: siteOf('retains', story.at),
        sites: distinctSites([
          siteOf('retains', story.at),
          ...story.suspects.map((suspect) => siteOf('allocates', suspect.site.blamed)),
          ...callerSites(story.suspects),
        ]),
        holder: { root: 'parent context', path: ['children map'], retainedBytes: undefined },
        evidence: dropped === undefined ? [] : [sourceEvidence('its cancel function is not called', dropped.site)],
        specificity: 4,
      });
    }
    const derived = derivedAt(input);
    found.push(
      ...walkedCandidates(
        input,
        {
          kinds: ['context'],
          permanence: 'permanent',
          specificity: 4,
          title: () => 'Contexts that are never cancelled keep what they hold in the children of their parent',
        },
        found,
      ).map((candidate) =>
        derived === undefined
          ? candidate
          : {
              ...candidate,
              title: `Contexts derived at ${placeName(derived)} are never cancelled`,
              site: siteOf('retains', derived),
              sites: distinctSites([siteOf('retains', derived), ...candidate.sites]),
            },
      ),
    );
    const claimed = new Set(found.flatMap((candidate) => candidate.goroutineKeys));
    const groups = goroutines.kind === 'captured' ? goroutines.value : [];
    for (const suspect of groups) {
      if (claimed.has(suspect.key) || !waitsForDone(suspect)) continue;
      const at = suspect.spawn ?? suspect.group.entry;
      found.push({
        kind: 'goroutine',
        heapKeys: [],
        goroutineKeys: [suspect.key],
        pattern: 'both',
        permanence: 'permanent',
        title: `Goroutines wait at ${placeName(suspect.group.userFrame ?? suspect.group.blocked)} for a context that is never cancelled`,
        site: siteOf('blocks', suspect.group.userFrame ?? suspect.group.blocked),
        sites: distinctSites([
          siteOf('blocks', suspect.group.userFrame ?? suspect.group.blocked),
          siteOf('spawns', at),
          siteOf('blocks', suspect.group.entry),
        ]),
        evidence: [],
        specificity: 3,
      });
    }
    return candidates(found, heapSuspects.length, 'no growing memory or goroutine hangs on a context');
  },
};

/** Where the children were derived that the walk found in a parent: one of them was sampled when it was made. */
function derivedAt({ walk, ownership }: RuleInput): Frame | undefined {
  if (walk.kind === 'not-captured') return undefined;
  const child = walk.value.held.find(
    (held) => containerOf(held)?.kind === 'context' && indexOfFunction(held.frames, derive) >= 0,
  );
  return child === undefined ? undefined : callerInto(child.frames, derive, ownership);
}

/** Waits for Done and for nothing else: a select with more cases has another story. */
function waitsForDone(suspect: GoroutineSuspect): boolean {
  if (suspect.group.exampleStack.some((frame) => watcher.test(frame.functionName))) return true;
  const blocking = suspect.blocking;
  return blocking?.operation === 'receive' && /\.Done\(\)$/.test(blocking.subject?.expression ?? '');
}
