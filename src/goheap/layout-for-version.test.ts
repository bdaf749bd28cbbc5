import { describe, expect, it } from 'vitest';
import { layoutForVersion } from './layout-for-version.ts';

const versions = ['1.19', '1.20', '1.21', '1.22', '1.23', '1.24', '1.25', '1.26', '1.27'];

describe('the layout of a Go version', () => {
  it('says how each runtime marks pointers, keeps maps and puts marks in spans', () => {
    const said = versions.map((version) => {
      const layout = layoutForVersion(`go${version}.3`)!;
      return [layout.version, layout.heapBitmap, layout.maps, layout.inlineMarkBytes].join(' ');
    });
    expect(said).toEqual([
      'go1.19 two-bit-arena buckets 0',
      'go1.20 one-bit-arena buckets 0',
      'go1.21 one-bit-arena buckets 0',
      'go1.22 in-span buckets 0',
      'go1.23 in-span buckets 0',
      'go1.24 in-span swiss 0',
      'go1.25 in-span swiss 0',
      'go1.26 in-span swiss 128',
      'go1.27 in-span swiss 128',
    ]);
  });

  it('knows the words for the number of a wait reason, which changes between versions', () => {
    const wordOf = (version: string, number: number) => layoutForVersion(version)!.waitReasons[number];
    expect([wordOf('go1.23', 14), wordOf('go1.27', 19)]).toEqual(['chan receive', 'chan receive']);
    expect([wordOf('go1.23', 9), wordOf('go1.27', 18)]).toEqual(['select', 'select']);
    expect(layoutForVersion('go1.27')!.goroutineStates).toEqual(
      'idle runnable running syscall waiting  dead  copystack preempted leaked deadextra'.split(' '),
    );
  });

  it('has fields where a version has them', () => {
    const of = (version: string) => layoutForVersion(version)!.structs;
    expect([of('go1.21').mspan.largeType, of('go1.22').mspan.largeType]).toEqual([undefined, 152]);
    expect([of('go1.21').mspan.freeindexBytes, of('go1.22').mspan.freeindexBytes]).toEqual([8, 2]);
    expect([of('go1.23.2').timer.sizeBytes, of('go1.23.3').timer.sizeBytes]).toEqual([80, 88]);
    expect([of('go1.23').special.offsetBytes, of('go1.24').special.offsetBytes]).toEqual([2, 8]);
    expect([of('go1.26').moduledata.typelinks, of('go1.27').moduledata.typelinks]).toEqual([360, undefined]);
  });

  it('follows experiments that change how the heap is kept, and refuses those that move everything', () => {
    const said = (version: string): string => {
      const { heapBitmap, maps, inlineMarkBytes, structs } = layoutForVersion(version)!;
      return [heapBitmap, maps, inlineMarkBytes, structs.p.timers].join(' ');
    };
    expect(said('go1.27.3')).toBe('in-span swiss 128 13680');
    expect(said('go1.27.3-X:nogreenteagc')).toBe('in-span swiss 0 9424');
    expect(said('go1.24.4 X:noswissmap')).toBe(said('go1.24.4').replace('swiss', 'buckets'));
    expect(said('go1.22.12 X:noallocheaders')).toMatch(/^one-bit-arena buckets/);
    expect(said('go1.27.3-X:jsonv2')).toBe(said('go1.27.3'));
    expect(layoutForVersion('go1.26.8-X:staticlockranking')).toBeUndefined();
    expect(layoutForVersion('go1.28.0')).toBeUndefined();
    expect(layoutForVersion('devel')).toBeUndefined();
  });
});
