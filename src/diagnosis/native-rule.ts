// The one road of the rules of native memory: traced places first, then the class of the ledger that grows without a place,
// then why it is clear or open. Which places and which class are a rule's own is its data.

import type { LedgerClass } from '../model/ledger.ts';
import type { NativeSite } from '../model/native.ts';
import type { Site } from './finding.ts';
import {
  callsInSource,
  cName,
  goFrames,
  leakingPlaces,
  missingTrace,
  type NativePlace,
  placeEvidence,
  placeSites,
  placeText,
  sitesInSource,
  siteText,
  unexplainedClass,
  unknownSite,
} from './native-story.ts';
import { type Candidate, candidates, type Outcome, type RuleInput } from './rule.ts';

export interface NativePart {
  readonly owns: (site: NativeSite) => boolean;
  /** The class that is told when no place explains it; undefined when another rule tells it. */
  readonly class: LedgerClass | undefined;
  readonly role: Site['role'];
  /** `through`: ` through image_decode`, or ''. */
  readonly placeTitle: (place: string, through: string, via: string | undefined) => string;
  readonly measured: string;
  readonly classTitle: string;
  /** Calls that may be the place, and those that undo them; looked for where no trace names one. */
  readonly calls: RegExp | undefined;
  readonly releases: RegExp | undefined;
  readonly clear: string;
}

export function nativeOutcome(input: RuleInput, part: NativePart): Outcome {
  const native = input.native.kind === 'captured' ? input.native.value : undefined;
  const places = leakingPlaces(native, part.owns);
  const growing = part.class === undefined ? undefined : unexplainedClass(input, part.class);
  // Blocks that only outlive a short trace are told by sizes: without growth there they are no leak.
  const trusted = native !== undefined && (native.verdict === 'leak' || nativeGrows(input));
  const found = [
    ...(trusted ? places.map((place) => placeCandidate(input, place, part)) : []),
    ...(growing === undefined ? [] : [classCandidate(input, part, growing)]),
  ];
  if (found.length === 0 && places.length > 0 && native !== undefined)
    return { kind: 'inconclusive', why: native.why, whatWouldSettleIt: native.whatWouldSettleIt ?? 'a longer trace' };
  return candidates(found, 1, part.clear);
}

function nativeGrows({ ledger }: RuleInput): boolean {
  if (ledger.kind === 'not-captured') return false;
  return (['malloc', 'other-native'] as const).some(
    (name) => ledger.value.classes.get(name)?.estimate.shape === 'growing',
  );
}

function placeCandidate(input: RuleInput, place: NativePlace, part: NativePart): Candidate {
  const first = place.sites[0]!;
  const sites = placeSites(place, part.role);
  const { names } = first;
  const c = cName(names.cCaller);
  const through = c === undefined || names.via !== undefined || place.goCaller === undefined ? '' : ` through ${c}`;
  const faults = first.allocator === 'page-fault';
  const nowhere = faults && place.goCaller === undefined;
  return {
    kind: 'native',
    heapKeys: [],
    goroutineKeys: [],
    pattern: nowhere ? 'shape' : 'stack',
    // Page faults see memory being touched for the first time; that it is kept, the sizes say.
    permanence: faults && !nativeGrows(input) ? 'unknown' : 'permanent',
    title: nowhere
      ? `${part.classTitle}: C code takes it, with no Go call above it`
      : part.placeTitle(placeText(place.goCaller ?? names.cCaller), through, names.via),
    site: sites[0] ?? { ...unknownSite, function: names.cCaller?.function ?? '' },
    sites,
    measured: { what: part.measured, bytes: place.growth },
    outside: {
      key: place.key,
      frames: goFrames(place),
      blocksPerSecond: faults ? undefined : first.count / Math.max(1, first.growth.spanMs / 1000),
    },
    evidence: placeEvidence(place),
    specificity: 3,
  };
}

function classCandidate(
  input: RuleInput,
  part: NativePart,
  growing: NonNullable<ReturnType<typeof unexplainedClass>>,
): Candidate {
  const hints =
    part.calls === undefined || part.releases === undefined ? [] : callsInSource(input, part.calls, part.releases);
  const sites = sitesInSource(hints, part.role);
  return {
    kind: 'native',
    heapKeys: [],
    goroutineKeys: [],
    pattern: 'shape',
    permanence: 'unknown',
    title:
      hints.length === 1 && sites[0] !== undefined
        ? `${part.classTitle}, perhaps from ${siteText(sites[0])}`
        : part.classTitle,
    site: sites[0] ?? unknownSite,
    sites,
    measured: {
      what: `resident in ${growing.name}`,
      bytes: growing.estimate,
      atMs: [...growing.atMs],
      values: [...growing.series],
    },
    outside: { key: `class:${growing.name}`, frames: [], blocksPerSecond: undefined },
    evidence: [missingTrace(input, growing.name), ...hints],
    specificity: 1,
  };
}
