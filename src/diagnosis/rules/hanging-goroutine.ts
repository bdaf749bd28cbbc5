// Goroutines that wait for something that never comes (go101, "hanging goroutines"):
//
//   ch := make(chan result)
//   go func() { ch <- work() }()                       // blocks for ever …
//   select { case r := <-ch: …; case <-ctx.Done(): return }   // … when this returns first
//
// The line where they block is where the pain is; the cause is often the other side, which left early.
import type { BlockingFacts } from '../../model/source-facts.ts';
import { sourceEvidence } from '../container-story.ts';
import type { Evidence } from '../finding.ts';
import { type Candidate, candidates, type Rule } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import { waitsOnSynchronisation } from '../stack-patterns.ts';
import type { GoroutineSuspect } from '../suspects.ts';

export const hangingGoroutine: Rule = {
  id: 'hanging-goroutine',
  title: 'Goroutines that never end',
  type: 'leak',
  needs: ['goroutines'],
  about: {
    what: 'More and more goroutines stand at one line and do not come back.',
    why: 'A blocked goroutine keeps its stack and everything on it alive. Nobody sends, receives, closes, unlocks or calls Done for it.',
    fix: 'Give each goroutine a way to end: a buffered channel for one result, a case on ctx.Done(), close by the producer, defer Unlock, defer Done.',
    falsePositives:
      'A worker pool that fills up to its size stops growing; one goroutine per connection follows the traffic; a slow dependency makes goroutines wait for a while.',
    sources: ['https://go101.org/article/memory-leaking.html', 'https://go.dev/blog/pipelines'],
  },
  evaluate({ goroutines }) {
    if (goroutines.kind === 'not-captured') {
      return { kind: 'inconclusive', why: goroutines.why, whatWouldSettleIt: 'a goroutine profile' };
    }
    return candidates(
      goroutines.value.map(candidateOf),
      goroutines.value.length,
      'no group of goroutines keeps growing',
    );
  },
};

function candidateOf(suspect: GoroutineSuspect): Candidate {
  const { group, blocking, spawn } = suspect;
  const at = group.userFrame ?? group.blocked;
  const proven = (group.provenLeaked ?? 0) > 0;
  const synchronised = waitsOnSynchronisation(group.state);
  return {
    kind: 'goroutine',
    heapKeys: [],
    goroutineKeys: [suspect.key],
    pattern: proven ? 'proof' : blocking !== undefined ? 'both' : synchronised ? 'stack' : 'shape',
    permanence: proven || synchronised || blocking !== undefined ? 'permanent' : 'unknown',
    title: `Goroutines started ${spawn === undefined ? `as ${placeName(group.entry)}` : `at ${placeName(spawn)}`} never end: ${waitPhrase(suspect)}`,
    site: siteOf('blocks', at),
    sites: distinctSites([
      siteOf('blocks', at),
      spawn === undefined ? undefined : siteOf('spawns', spawn),
      ...(blocking?.earlyExits ?? []).slice(0, 2).map((site) => siteOf('blocks', site)),
      siteOf('blocks', group.entry),
      ...(blocking === undefined ? [] : [siteOf('blocks', blocking.site)]),
    ]),
    holder: { root: `goroutine ${group.entry.functionName}`, path: [group.state], retainedBytes: undefined },
    evidence: [stackEvidence(suspect), ...blockingEvidence(blocking), ...(proven ? [] : wakerEvidence(suspect))],
    specificity: proven ? 2 : 1,
  };
}

function waitPhrase({ group }: GoroutineSuspect): string {
  const at = placeName(group.userFrame ?? group.blocked);
  return group.state === 'unknown' || group.state === 'running' ? `they stand at ${at}` : `${group.state} at ${at}`;
}

export function stackEvidence({ group, stack }: GoroutineSuspect): Evidence {
  return {
    kind: 'stack',
    supports: true,
    what: `${Math.round(group.count.last)} goroutines with this stack, state ${group.state}${
      (group.oldestWaitMinutes ?? 0) > 0 ? `, the oldest for ${group.oldestWaitMinutes} minutes` : ''
    }`,
    frames: stack.slice(0, 12).map((frame) => ({ function: frame.functionName, file: frame.file, line: frame.line })),
  };
}

/** A walk looked, and something that may still run leads to what they wait for. */
function wakerEvidence({ group }: GoroutineSuspect): readonly Evidence[] {
  if (group.wokenBy === undefined) return [];
  const isLock = /Lock$|^semacquire$/.test(group.state);
  return [
    {
      kind: 'missing',
      supports: false,
      what: `no proof: ${group.wokenBy} leads to the ${isLock ? 'lock, and could still unlock it' : 'channel or lock that they wait for, and could still wake them'}`,
      wouldSettle: isLock
        ? 'a look at who took the lock: a path that returns without Unlock, or takes it twice'
        : 'a look at what that does: whether it ever does the other side',
    },
  ];
}

function blockingEvidence(blocking: BlockingFacts | undefined): readonly Evidence[] {
  if (blocking === undefined) return [];
  const subject = blocking.subject?.expression ?? 'it';
  const items: Evidence[] = [sourceEvidence(`${blocking.operation} on ${subject}`, blocking.site)];
  for (const exit of blocking.earlyExits.slice(0, 2)) {
    items.push(sourceEvidence('the other side can leave here without doing its part', exit));
  }
  for (const site of blocking.counterparts.slice(0, 2))
    items.push(sourceEvidence(`the other side of ${subject}`, site));
  return items;
}
