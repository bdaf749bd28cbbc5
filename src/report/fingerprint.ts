// A name for a hit that survives other changes to its file: made of the rule, the package, the function and the line's
// own text, and of its position among equals; not of line numbers.
import type { ScanHit } from '../model/scan.ts';

/** One a hit, in their order: 16 hexadecimal digits. */
export function fingerprintsOf(hits: readonly ScanHit[]): readonly string[] {
  const seen = new Map<string, number>();
  return hits.map((hit) => {
    const base = hit.file.split(/[/\\]/).at(-1) ?? '';
    const key = [hit.rule, hit.packagePath, base, hit.functionName, hit.text.replace(/\s+/g, ' ')].join('\0');
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return hash(`${key}\0${before}`);
  });
}

/** FNV-1a, 64 bits (RFC 9923): no secret, only a short name. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text))
    value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  return value.toString(16).padStart(16, '0');
}
