// What bytes look like, whatever they mean: empty pages, entropy, pages that repeat.

export interface ByteStatistics {
  readonly bytes: number;
  /** Of pages that hold nothing but zeros. */
  readonly zeroShare: number;
  /** Mean of the other pages: 8 is noise, text has 4 to 5. */
  readonly entropyBitsPerByte: number;
  /** Of pages that look compressed or encrypted. */
  readonly denseShare: number;
  /** Of non-zero pages whose very content another page has, too. */
  readonly repeatedPageShare: number;
}

const pageBytes = 4096;
/** A page of random bytes has 7.95 bits a byte (4096 samples of 256 values), machine code and tables 5 to 6.5. */
const denseBits = 7.4;

export interface MemoryPiece {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export function measureBytes(pieces: readonly MemoryPiece[]): ByteStatistics {
  const counts = new Uint32Array(256);
  const seen = new Map<number, number>();
  let pages = 0;
  let zero = 0;
  let dense = 0;
  let entropy = 0;
  for (const { bytes } of pieces) {
    for (let at = 0; at + pageBytes <= bytes.length; at += pageBytes) {
      pages++;
      counts.fill(0);
      let hash = 0;
      for (let i = at; i < at + pageBytes; i++) {
        const byte = bytes[i]!;
        counts[byte]!++;
        hash = (Math.imul(hash, 31) + byte) | 0;
      }
      if (counts[0] === pageBytes) {
        zero++;
        continue;
      }
      seen.set(hash, (seen.get(hash) ?? 0) + 1);
      const bits = entropyOf(counts);
      entropy += bits;
      if (bits >= denseBits) dense++;
    }
  }
  let repeated = 0;
  for (const count of seen.values()) if (count > 1) repeated += count;
  const filled = pages - zero;
  return {
    bytes: pieces.reduce((sum, piece) => sum + piece.bytes.length, 0),
    zeroShare: share(zero, pages),
    entropyBitsPerByte: filled === 0 ? 0 : entropy / filled,
    denseShare: share(dense, pages),
    repeatedPageShare: share(repeated, filled),
  };
}

export const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

function entropyOf(counts: Uint32Array): number {
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / pageBytes) * Math.log2(count / pageBytes);
  return bits;
}
