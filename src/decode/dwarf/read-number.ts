// Numbers out of DWARF bytes. Reads never leave `bytes`: what is outside reads as zero, and the caller compares where it
// stands with the end of its unit. Values above 2^53 are rounded: no address, size or offset is that large.

export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

export function unsignedAt(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

export function readFixed(cursor: Cursor, width: number): number {
  const value = unsignedAt(cursor.bytes, cursor.at, width);
  cursor.at += width;
  return value;
}

export function readUleb(cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    const byte = cursor.bytes[cursor.at++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    scale *= 128;
  }
  return value;
}

export function readSleb(cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    const byte = cursor.bytes[cursor.at++] ?? 0;
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - scale;
  }
  return value;
}

/** A signed number of `width` bytes. */
export function signed(value: number, width: number): number {
  const limit = 2 ** (8 * width - 1);
  return value >= limit ? value - 2 * limit : value;
}
