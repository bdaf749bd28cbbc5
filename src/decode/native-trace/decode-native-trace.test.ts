import { describe, expect, it } from 'vitest';
import { decodeNativeTrace } from './decode-native-trace.ts';

const keys = 4096;
const whole = `Attaching 12 probes...
leakline-native 1 malloc
on 1000000000
tick 1 2000000000
@a[77, 0]: count 4, average 100, total 400
@f[77, 0]: count 1, average 100, total 100

tick 2 3000000000
@a[77, 0]: count 4, average 100, total 400
@a[77, 1]: count 2, average 100, total 200
@f[77, 0]: count 2, average 100, total 200

done
end 9000000000

@a[77, 0]: count 4, average 100, total 400
@a[77, 1]: count 2, average 100, total 200
@f[77, 0]: count 2, average 100, total 200
@am[77, 1]: count 1, average 4096, total 4096
@hx: 9
@id[1, 4952244,${' '}
	47bc00 runtime.cgocall+0 (/svc)
	4b8aa5 main.leakString+37 (/svc)
]: 77
@idm[8, 4952000,${' '}
	7f5800001000 __mmap64+0 (/libc.so.6)
,${' '}
	47bc00 runtime.cgocall+0 (/svc)
]: 77
@u: 3
`;

describe('decodeNativeTrace', () => {
  it('gives what each site holds at each tick, with its addresses', () => {
    const trace = decodeNativeTrace(whole, keys);
    expect([...trace.atMs]).toEqual([0, 1000, 2000]);
    expect(trace.hits).toEqual({ allocations: 6, releases: 5, mappings: 9, cgocalls: 0, pageFaults: 0 });
    expect(trace).toMatchObject({ probe: 'malloc', olderReleases: 3, lostBlocks: 0, complete: true, warnings: [] });
    const [first, second] = trace.sites;
    expect(first).toMatchObject({ allocator: 'malloc', cAddress: 4952244, goAddresses: [0x47bc00, 0x4b8aa5] });
    expect([...first!.bytes]).toEqual([0, 300, 400]);
    expect([...first!.counts]).toEqual([0, 3, 4]);
    expect([...(first!.keptBytes ?? [])]).toEqual([200, 200, 0]);
    expect(first).toMatchObject({ allocatedBytes: 600, allocatedCount: 6, oldestMs: 2000 });
    expect(second).toMatchObject({ allocator: 'mmap', callAddresses: [0x7f5800001000], goAddresses: [0x47bc00] });
    expect(second!.oldestMs).toBe(1000);
  });

  it('counts the moment of an interrupt as a capture of its own', () => {
    const cut = whole.replace('done\n', '').replace('end 9000000000', 'end 3800000000');
    expect([...decodeNativeTrace(cut, keys).atMs]).toEqual([0, 1000, 2000, 2800]);
    expect(decodeNativeTrace(cut, keys).complete).toBe(false);
  });

  it('reads a thread that C started, which has no Go stack', () => {
    const trace = decodeNativeTrace(whole.replace(/@id\[1, 4952244,[\s\S]*?\]: 77/, '@id[1, 4952244, ]: 77'), keys);
    expect(trace.sites[0]).toMatchObject({ cAddress: 4952244, goAddresses: [] });
  });

  it('says that a trace was cut, whatever the place', () => {
    for (let length = 0; length < whole.length; length += 7) {
      const text = whole.slice(0, length);
      if (!text.includes('leakline-native 1 malloc\n')) {
        expect(() => decodeNativeTrace(text, keys)).toThrow(/native-trace/);
      } else if (!text.includes('end 9000000000\n')) {
        expect(decodeNativeTrace(text, keys).warnings).toHaveLength(1);
      }
    }
  });

  it('says how many bytes have no name, because the table of sites was full', () => {
    expect(decodeNativeTrace(whole, keys).namelessBytes).toBe(0);
    expect(decodeNativeTrace(whole.replace(/@id\[1, [\s\S]*?\]: 77\n/, ''), keys).namelessBytes).toBe(400);
  });

  it('says that a table was full', () => {
    expect([4, 3].map((room) => decodeNativeTrace(whole, room).isFull)).toEqual([false, true]);
  });

  it('names nothing when the tracer was killed before its last maps', () => {
    const killed = decodeNativeTrace(whole.slice(0, whole.indexOf('done\n')), keys);
    expect(killed).toMatchObject({ sites: [], namelessBytes: 400, complete: false });
  });

  it('refuses other text and ticks that cannot be', () => {
    expect(() => decodeNativeTrace('<html>', keys)).toThrow(/native-trace/);
    expect(() => decodeNativeTrace(whole.replace('@a[77, 1]', '@a[77, 900]'), keys)).toThrow(/tick of at most/);
  });
});
