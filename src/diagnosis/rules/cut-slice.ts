// The three go101 cases in which a small part keeps a large whole alive, told apart by what was cut:
//
//   recent = append(recent, packet[:8])        subslice: 8 bytes keep the 64 KiB array
//   names  = append(names, line[:10])          substring: the same for strings
//   last   = items[len(items)-2:]              lost-slice-elements: 2 visible pointers keep all the lost ones alive
//
// A profile shows the whole (its allocation line), never the cut; the source shows the cut on the way to the keeper.
import type { Keep, ValueTransform } from '../../model/source-facts.ts';
import {
  containerEvidence,
  containerStories,
  holderOf,
  noHolderWalk,
  sourceEvidence,
  storySites,
} from '../container-story.ts';
import { type Candidate, candidates, type Outcome, type RuleInput } from '../rule.ts';
import { distinctSites, siteOf } from '../sites.ts';
import { walkedCandidates } from '../walked-candidates.ts';

export type CutKind = 'substring' | 'subslice' | 'lost-slice-elements';

/** The last cut of the value before it is kept, after which nothing copies it. */
export function cutOf(keep: Keep): { kind: CutKind; transform: ValueTransform } | undefined {
  let cut: { kind: CutKind; transform: ValueTransform } | undefined;
  for (const transform of keep.transforms) {
    if (transform.kind === 'copied') cut = undefined;
    else if (transform.kind === 'substring') cut = { kind: 'substring', transform };
    else if (transform.kind === 'subslice') cut = { kind: 'subslice', transform };
    else if (transform.kind === 'lost-elements') cut = { kind: 'lost-slice-elements', transform };
    else if (transform.kind === 'element-pointer') cut ??= { kind: 'subslice', transform };
  }
  // A buffer that is cut to be filled again wastes nothing.
  if (cut?.kind === 'subslice' && keep.regrowth === 'shown') return undefined;
  return cut ?? truncated(keep);
}

/** `batch = batch[:0]` (or `[:n]`) without clearing the slots, of elements that refer to something. */
function truncated(keep: Keep): { kind: CutKind; transform: ValueTransform } | undefined {
  if (
    keep.kind !== 'append' ||
    !/^\[\](\*|\[\]|string\b|any\b|map\[|func\b|interface\b)/.test(keep.container?.type ?? '')
  )
    return undefined;
  const cut = keep.removals.find((removal) => removal.kind === 'truncate' || removal.kind === 'reslice-tail');
  const cleared = keep.removals.some((removal) => removal.kind === 'nil-slot' || removal.kind === 'clear');
  return cut === undefined || cleared
    ? undefined
    : { kind: 'lost-slice-elements', transform: { kind: 'lost-elements', site: cut.site } };
}

/** The same slice is filled again over what it lost: as much stays as its slots hold, until they are overwritten. */
const isRefilled = (kind: CutKind, keep: Keep): boolean =>
  kind === 'lost-slice-elements' &&
  (keep.regrowth === 'shown' ||
    (keep.kind === 'append' && keep.removals.some((removal) => removal.kind === 'truncate')));

const titles: Readonly<Record<CutKind, (name: string) => string>> = {
  substring: (name) => `Short strings kept in ${name} keep whole larger strings alive`,
  subslice: (name) => `Small subslices kept in ${name} keep whole larger arrays alive`,
  'lost-slice-elements': (name) => `A shortened slice kept in ${name} keeps elements alive that it no longer shows`,
};

/** Shared by the three rules: candidates for suspects whose keeper gets the value after a cut of this kind. */
export function evaluateCuts(kind: CutKind, input: RuleInput): Outcome {
  const { heapSuspects } = input;
  const stories = containerStories(heapSuspects, (keep) => cutOf(keep)?.kind === kind);
  const found = stories.map((story): Candidate => {
    const cut = cutOf(story.keep)!.transform; // `wanted` above accepts only keeps with a cut
    const sites = storySites(story);
    return {
      kind: 'go-heap',
      heapKeys: story.suspects.map((suspect) => suspect.key),
      goroutineKeys: [],
      pattern: 'source',
      permanence: story.keep.container?.scope === 'local' || isRefilled(kind, story.keep) ? 'temporary' : 'permanent',
      title: titles[kind](story.keep.container?.name ?? 'a long-lived place'),
      site: siteOf('retains', cut.site),
      sites: distinctSites([siteOf('retains', cut.site), ...sites]),
      holder: holderOf(story.keep),
      staysCut: story.suspects.every((suspect) =>
        suspect.keeps.every((keep) => cutOf(keep)?.kind !== kind || keep.regrowth === 'never'),
      ),
      evidence: [
        sourceEvidence('the value is cut here, its backing array stays whole', cut.site),
        ...containerEvidence(story.keep),
        noHolderWalk,
      ],
      specificity: 5,
    };
  });
  const walked = walkedCandidates(
    input,
    {
      kinds: `cut-${kind}`,
      // Without the source nobody knows whether the slices are filled again, which frees what they lost.
      permanence: kind === 'lost-slice-elements' ? 'unknown' : 'permanent',
      specificity: 5,
      title: ({ name }) => titles[kind](name),
    },
    found,
  );
  return candidates(
    [...found, ...walked],
    heapSuspects.length,
    'no growing memory is kept through a shortened slice or string',
  );
}
