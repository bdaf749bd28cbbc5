// What the numbers behind a pointer of unknown type say, where they are a length and a capacity: stripped programs before Go
// 1.22 keep few types. A slice that was cut from the front of an array keeps the capacity up to the array's end, and that fits
// the slot as chance seldom does:
//
//   slot of 9472 bytes for 9000    pointer to its start, 20, 9000     one byte an element: sees 20 bytes
//                                  pointer to byte 28, 29, pointer    a string of 29 bytes
//                                  pointer to its start, 4, 12        an element would have 789 bytes: no such reading
export interface PartByNumbers {
  readonly kind: 'string' | 'slice';
  readonly elementBytes: number;
}

/** The allocator rounds sizes up by no more than an eighth. Source: runtime/sizeclasses.go, "max waste". */
const mostRounding = 1 / 8;
const largestElementBytes = 64;

/** `room`: bytes from where the pointer leads to the end of its slot. -1 for what is no number. */
export function partByNumbers(
  slotBytes: number,
  room: number,
  length: number,
  capacity: number,
): PartByNumbers | undefined {
  if (!(length >= 0 && length <= room)) return undefined;
  // A capacity that is too small or too large for one is another field: a string stands there.
  if (!(capacity >= Math.max(1, length) && capacity <= room))
    return length > 0 ? { kind: 'string', elementBytes: 1 } : undefined;
  const elementBytes = Math.floor(room / capacity);
  const isWholeRest = room - elementBytes * capacity <= mostRounding * slotBytes;
  return isWholeRest && elementBytes <= largestElementBytes ? { kind: 'slice', elementBytes } : undefined;
}
