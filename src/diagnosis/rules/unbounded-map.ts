// A map that gets entries and never loses them, or loses fewer than it gets:
//
//   var cache = map[string]*User{}
//   func get(id string) *User { if u := cache[id]; u != nil { return u }; u := load(id); cache[id] = u; return u }
//
// Allocation and keeper are usually different lines: the value's constructor allocates, the assignment keeps. sync.Map
// shows itself on the stack; a plain map only in the source, because Go hides runtime frames in heap profiles.
import { patternByStack } from '../brief-watch.ts';
import { containerEvidence, containerStories, holderOf, keepIs, storySites } from '../container-story.ts';
import { type Candidate, candidates, type Rule } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import { callerInto, suspectsThrough } from '../stack-patterns.ts';
import { walkedCandidates } from '../walked-candidates.ts';

const syncMap = /^(sync\.\(\*Map\)\.|internal\/sync\.\(\*(HashTrieMap|entry|indirect))/;

export const unboundedMap: Rule = {
  id: 'unbounded-map',
  title: 'Map that only grows',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'A map (or sync.Map) gets new keys all the time and entries do not leave it.',
    why: 'Everything that a reachable map holds stays alive. Keys that do not repeat (request ids, users, queries, label values) make it grow for ever.',
    fix: 'Bound it: evict (LRU, TTL), delete entries when their owner ends, or key it by something with few values. Check that delete uses the same key as the insert.',
    falsePositives:
      'A cache that is still filling looks the same until it reaches its bound; a store whose size follows the live sessions grows with the traffic. Watch longer, or look at the number of distinct keys.',
    sources: ['https://go.dev/blog/maps', 'https://github.com/golang/go/issues/20135'],
  },
  evaluate(input) {
    const { heapSuspects, ownership } = input;
    const found: Candidate[] = [];
    for (const story of containerStories(heapSuspects, keepIs('map-assign', 'sync-map-store'))) {
      const deletes = story.keep.removals.some((removal) => removal.kind === 'delete');
      found.push({
        kind: 'go-heap',
        heapKeys: story.suspects.map((suspect) => suspect.key),
        goroutineKeys: [],
        pattern: story.suspects.some((s) => suspectsThrough([s], syncMap).length > 0) ? 'both' : 'source',
        permanence: 'permanent',
        title: `Map ${story.keep.container?.name ?? 'here'} grows without bound${deletes ? ', although entries are deleted' : ''}`,
        site: siteOf('retains', story.keep.site),
        sites: storySites(story),
        holder: holderOf(story.keep),
        evidence: containerEvidence(story.keep),
        specificity: 2,
      });
    }
    for (const suspect of suspectsThrough(heapSuspects, syncMap)) {
      if (suspect.keeps.length > 0) continue;
      const user = callerInto(suspect.stacks[0] ?? [], syncMap, ownership) ?? suspect.site.blamed;
      found.push({
        kind: 'go-heap',
        heapKeys: [suspect.key],
        goroutineKeys: [],
        pattern: patternByStack(input, user),
        permanence: 'permanent',
        title: `A sync.Map filled at ${placeName(user)} grows without bound`,
        site: siteOf('retains', user),
        sites: distinctSites([
          siteOf('retains', user),
          ...suspect.userFrames.slice(0, 2).map((f) => siteOf('allocates', f)),
        ]),
        evidence: [],
        specificity: 2,
      });
    }
    found.push(
      ...walkedCandidates(
        input,
        {
          kinds: ['map', 'sync-map'],
          permanence: 'permanent',
          specificity: 2,
          title: ({ name }) => `Map ${name} grows without bound`,
        },
        found,
      ),
    );
    return candidates(found, heapSuspects.length, 'no growing memory ends up in a map');
  },
};
