// Registered per use, never removed: a listener, a hook, a signal channel, a metric.
//
//   func handle() { ch := make(chan os.Signal, 1); signal.Notify(ch, syscall.SIGHUP) }      // no signal.Stop(ch)
import type { Keep, SourceFacts, SourceSite } from '../../model/source-facts.ts';
import { patternByStack } from '../brief-watch.ts';
import { containerEvidence, containerStories, holderOf, storySites } from '../container-story.ts';
import { type Candidate, candidates, type Rule } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import { callerInto, suspectsThrough } from '../stack-patterns.ts';
import { walkedCandidates } from '../walked-candidates.ts';
import { takesOut } from './unbounded-slice.ts';

const registers =
  /^(os\/signal\.Notify|expvar\.(Publish|New)|net\/http\.\(\*ServeMux\)\.(Handle|register)|net\/http\.Handle)/;
/** Field and variable names by which Go programs call what they notify. */
const observers =
  /(listener|observer|subscriber|subscription|handler|callback|hook|watcher|subs\b|sinks?\b|notif(y|ier))/i;

export const callbackNotUnregistered: Rule = {
  id: 'callback-not-unregistered',
  title: 'Registration that is never undone',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'A callback, channel or observer is registered per use, and never unregistered.',
    why: 'The registry keeps it, and everything that its closure captures, as long as the registry lives.',
    fix: 'Unregister when the owner ends: signal.Stop, the returned unsubscribe function, a Remove method; or register once.',
    falsePositives: 'Registrations of a fixed set at start stop growing.',
    sources: ['https://pkg.go.dev/os/signal#Stop'],
  },
  evaluate(input) {
    const { heapSuspects, ownership, source } = input;
    const found: Candidate[] = [];
    for (const story of containerStories(heapSuspects, (keep) => isRegistration(keep, source))) {
      const at = droppedCancel(story.keep, source) ?? story.keep.site;
      found.push({
        kind: 'go-heap',
        heapKeys: story.suspects.map((suspect) => suspect.key),
        goroutineKeys: [],
        pattern: story.keep.kind === 'registration' ? 'both' : 'source',
        permanence: 'permanent',
        title: `What is registered at ${placeName(at)} is never unregistered`,
        site: siteOf('registers', at),
        sites: distinctSites([siteOf('registers', at), siteOf('registers', story.keep.site), ...storySites(story)]),
        holder: holderOf(story.keep),
        evidence: containerEvidence(story.keep),
        specificity: story.keep.kind === 'registration' ? 4 : 3,
      });
    }
    const told = new Set(found.flatMap((candidate) => candidate.heapKeys));
    for (const suspect of suspectsThrough(heapSuspects, registers)) {
      const at = callerInto(suspect.stacks[0] ?? [], registers, ownership);
      if (at === undefined || told.has(suspect.key)) continue;
      found.push({
        kind: 'go-heap',
        heapKeys: [suspect.key],
        goroutineKeys: [],
        pattern: patternByStack(input, at),
        permanence: 'permanent',
        title: `What is registered at ${placeName(at)} is never unregistered`,
        site: siteOf('registers', at),
        sites: distinctSites([
          siteOf('registers', at),
          ...suspect.userFrames.slice(0, 2).map((f) => siteOf('allocates', f)),
        ]),
        evidence: [],
        specificity: 4,
      });
    }
    found.push(
      ...walkedCandidates(
        input,
        {
          kinds: ['registry'],
          permanence: 'permanent',
          specificity: 4,
          title: ({ name }) => `What is registered in ${name} is never unregistered`,
        },
        found,
      ),
    );
    return candidates(found, heapSuspects.length, 'no growing memory is held by a registration');
  },
};

function isRegistration(keep: Keep, source: SourceFacts): boolean {
  if (keep.kind === 'registration') return true;
  if (keep.kind !== 'append' && keep.kind !== 'map-assign' && keep.kind !== 'sync-map-store') return false;
  const container = keep.container;
  if (container === undefined || container.scope === 'local') return false;
  const ofFunctions = /^func\b/.test(container.elementType ?? '');
  const ofChannels = /^(<-\s*)?chan\b/.test(container.elementType ?? '');
  if (!ofFunctions && !ofChannels && !observers.test(container.expression)) return false;
  if (!keep.removals.some((removal) => takesOut(removal.kind))) return true;
  return droppedCancel(keep, source) !== undefined;
}

/** The call on the value's way whose result, the function that would unregister, is dropped. */
function droppedCancel(keep: Keep, source: SourceFacts): SourceSite | undefined {
  return keep.transforms.find(
    ({ kind, site }) =>
      kind === 'passed' &&
      source
        .functionAround(site)
        ?.unreleased.some((item) => item.kind === 'subscription' && item.site.line === site.line),
  )?.site;
}
