import { describe, expect, it } from 'vitest';
import { createTrailerSink } from './memstats-trailer.ts';

const trailer = '# runtime.MemStats\n# Alloc = 123\n# NumGC = 4\n# MaxRSS = 5\n';
const text = `heap profile: 1: 2 [3: 4] @ heap/1048576\n1: 2 [3: 4] @ 0x1\n#\t0x1\tmain.f+0x1\t/a.go:1\n\n${trailer}`;

describe('createTrailerSink', () => {
  it('keeps the end from the marker on, wherever the chunks are cut', () => {
    const bytes = new TextEncoder().encode(text);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const sink = createTrailerSink();
      sink.push(bytes.subarray(0, cut));
      sink.push(bytes.subarray(cut));
      expect(new TextDecoder().decode(sink.finish())).toBe(trailer);
    }
    const sink = createTrailerSink();
    for (const byte of bytes) sink.push(Uint8Array.of(byte));
    expect(new TextDecoder().decode(sink.finish())).toBe(trailer);
  });

  it('gives nothing when there is no trailer, and holds a bounded one', () => {
    const none = createTrailerSink();
    none.push(new TextEncoder().encode('heap profile: 1'));
    expect(none.finish()).toBeUndefined();
    const endless = createTrailerSink();
    endless.push(new TextEncoder().encode(trailer));
    for (let i = 0; i < 20; i += 1) endless.push(new Uint8Array(10_000));
    expect(endless.finish()!.length).toBe(65_536);
  });
});
