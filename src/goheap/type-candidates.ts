// What an object may be that nothing tells the type of, as most small objects of stripped programs: the types that the
// allocator would have put into such a slot, with pointers in the same words. Often one is left, sometimes several; it stays
// a guess, and is shown as one.
import type { GoTypes } from './go-types.ts';
import { sizeClassBelow } from './size-classes.ts';
import type { TypeMasks } from './type-masks.ts';

export interface TypeCandidates {
  /**
   * `probably main.Node`, `main.Node or main.Item`, `main.Node or 7 others`; undefined when nothing fits, or nothing that
   * stands out. Types of the program and its modules come first: they are what grows.
   * The mask of the slot's words as two halves of 32; slots are at most 512 bytes.
   */
  guess(slotBytes: number, low: number, high: number): string | undefined;
}

interface Candidate {
  readonly address: number;
  readonly words: number;
  readonly low: number;
  readonly high: number;
}

export const largestGuessedBytes = 512;
const mostNamed = 2;
/** Beside those that are named; what may be one of hundreds is not known. */
const mostOthers = 9;
/** Folders of Go's own packages. Source: src of Go 1.27. */
const standard = new Set(
  (
    'archive bufio bytes cmp compress container context crypto database debug embed encoding errors expvar flag fmt go ' +
    'hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort ' +
    'strconv strings structs sync syscall testing text time unicode unique unsafe vendor weak'
  ).split(' '),
);

/** `addresses` are those of all type descriptors. */
export function createTypeCandidates(
  types: GoTypes,
  masks: TypeMasks,
  addresses: () => readonly number[],
): TypeCandidates {
  let all: readonly Candidate[] | undefined;
  /** By size and low half, then by high half: asked for each of millions of objects. */
  const known = new Map<number, Map<number, string | undefined>>();
  return {
    guess(slotBytes, low, high) {
      if (slotBytes > largestGuessedBytes || (low | high) === 0) return undefined;
      const key = slotBytes * 2 ** 32 + (low >>> 0);
      let answers = known.get(key);
      if (answers === undefined) {
        answers = new Map();
        known.set(key, answers);
      }
      const answer = answers.get(high);
      if (answer !== undefined || answers.has(high)) return answer;
      all ??= candidatesOf(masks, addresses());
      const made = say(fitting(types, all, slotBytes, low, high));
      answers.set(high, made);
      return made;
    },
  };
}

/** Without names: of thousands of types, a few will fit. */
function candidatesOf(masks: TypeMasks, addresses: readonly number[]): readonly Candidate[] {
  return addresses.flatMap((address) => {
    const mask = masks.maskOf(address);
    if (mask === undefined || mask.sizeWords * 8 > largestGuessedBytes) return [];
    const [low, high] = cut(mask.bits[0] ?? 0, mask.bits[1] ?? 0, mask.pointerWords);
    return [{ address, words: mask.sizeWords, low, high }];
  });
}

/** Names that fit: single values, or else arrays. */
function fitting(
  types: GoTypes,
  all: readonly Candidate[],
  slotBytes: number,
  low: number,
  high: number,
): readonly string[] {
  const least = sizeClassBelow(slotBytes) / 8;
  const most = slotBytes / 8;
  const single = new Set<string>();
  const arrays = new Set<string>();
  for (const candidate of all) {
    const { address, words } = candidate;
    for (let count = Math.floor(most / words); count >= 1 && count * words > least; count--) {
      const [wantedLow, wantedHigh] = repeated(candidate, count);
      if (wantedLow !== low >>> 0 || wantedHigh !== high >>> 0) continue;
      const row = types.rowOfRuntimeType(address);
      if (row < 0) break;
      if (count === 1) single.add(types.name(row));
      else arrays.add(`[]${types.name(row)}`);
      break;
    }
  }
  return [...(single.size > 0 ? single : arrays)];
}

function say(names: readonly string[]): string | undefined {
  if (names.length === 1) return `probably ${names[0]}`;
  if (names.length === 0) return undefined;
  const own = names.filter((name) => isOwn(name));
  if (names.length <= mostNamed) return [...own, ...names.filter((name) => !own.includes(name))].join(' or ');
  if (own.length === 0 || own.length > mostNamed) return undefined;
  const others = names.length - own.length;
  if (others > mostOthers) return undefined;
  return [...own, others === 1 ? '1 other' : `${others} others`].join(' or ');
}

/** A named type, a pointer to one or a slice of them, of the program or of a module that it uses. */
function isOwn(name: string): boolean {
  const root = /^(?:\*|\[\d*\])*([\w.-]+?)(?:\/[^[]*)?\.\p{L}/u.exec(name)?.[1];
  return root !== undefined && !standard.has(root) && root !== 'map';
}

/** The mask of `count` values behind each other, at most 64 words. */
function repeated({ words, low, high }: Candidate, count: number): readonly [number, number] {
  let wideLow = 0;
  let wideHigh = 0;
  for (let i = 0, at = 0; i < count; i++, at += words) {
    if (at < 32) {
      wideLow |= low << at;
      wideHigh |= at === 0 ? high : (high << at) | (low >>> (32 - at));
    } else {
      wideHigh |= low << (at - 32);
    }
  }
  return [wideLow >>> 0, wideHigh >>> 0];
}

/** Bits behind the last pointer do not belong to the mask. */
function cut(low: number, high: number, words: number): readonly [number, number] {
  if (words >= 64) return [low >>> 0, high >>> 0];
  if (words > 32) return [low >>> 0, (high & ((2 ** (words - 32) - 1) | 0)) >>> 0];
  return [words === 32 ? low >>> 0 : (low & ((2 ** words - 1) | 0)) >>> 0, 0];
}
