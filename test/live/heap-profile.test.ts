// The heap profile out of memory against the one that the program itself writes, of the same moment.
import { get } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import { openGoProcess, openMemoryOf } from '../../src/capture/heap/open-go-process.ts';
import { readDataSymbols } from '../../src/decode/elf/data-symbols.ts';
import { readGoSymbols } from '../../src/decode/pclntab/locate-pclntab.ts';
import { decodeProfile } from '../../src/decode/pprof/decode-profile.ts';
import { functionRangesOf } from '../../src/goheap/function-range.ts';
import { bucketOfSpecial, readHeapBuckets } from '../../src/goheap/heap-buckets.ts';
import { makeHeapProfile, readSamplingRate } from '../../src/goheap/heap-profile.ts';
import { locateRuntime, type RuntimeAddresses } from '../../src/goheap/locate-runtime.ts';
import { readSlice, uint32At, wordAt } from '../../src/goheap/memory.ts';
import { namesOfSymbols } from '../../src/goheap/names-of-symbols.ts';
import { readHeapProfile } from '../../src/goheap/read-heap-profile.ts';
import { atLeast, parseGoVersion } from '../../src/model/go-version.ts';
import type { ProfileTable } from '../../src/model/profile.ts';
import { hasGo, makeHeapPrograms, openHeapTarget } from './heap-program.ts';
import { createHeapBuilds } from './heap-programs.ts';

type Opened = Awaited<ReturnType<typeof openHeapTarget>>;

const download = (url: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    get(url, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => resolve(Buffer.concat(chunks)));
    }).once('error', reject);
  });

/** One line a sample that is not all zero: its values and its frames, innermost first. */
function linesOf(profile: ProfileTable): string[] {
  const { samples, locations, functions } = profile;
  return Array.from({ length: samples.length }, (_, row) => {
    const frames: string[] = [];
    for (let i = samples.locationStart[row]!; i < samples.locationStart[row + 1]!; i++) {
      const location = samples.location[i]!;
      for (let line = locations.lineStart[location]!; line < locations.lineStart[location + 1]!; line++) {
        const name = functions.name(locations.lineFunction[line]!);
        frames.push(`${name} ${functions.file(locations.lineFunction[line]!)}:${locations.lineNumber[line]}`);
      }
    }
    const values = samples.values.map((column) => column[row]!);
    return values.every((value) => value === 0) ? [] : [`${values.join(' ')} ${frames.join(' < ')}`];
  })
    .flat()
    .sort();
}

async function locate(opened: Opened, stripped: boolean): Promise<RuntimeAddresses> {
  const names = stripped ? [] : [namesOfSymbols(await readDataSymbols(opened.source, opened.elf))];
  const code = await readGoSymbols(opened.source, opened.elf, undefined);
  return locateRuntime({ ...opened, names, functionRange: functionRangesOf(code.table, opened.loadBias) }).addresses;
}

async function profileFromMemory(opened: Opened, addresses: RuntimeAddresses) {
  const { memory, layout, loadBias, source, elf, goVersion } = opened;
  const buckets = readHeapBuckets(memory, layout, { ...addresses, mbuckets: addresses.mbuckets! });
  const symbols = await readGoSymbols(source, elf, parseGoVersion(goVersion)?.minor);
  const rate = readSamplingRate(memory, addresses);
  return { buckets, profile: await makeHeapProfile({ buckets, rate, symbols, loadBias, timeMs: 0 }) };
}

describe.skipIf(!hasGo)('the heap profile out of memory (needs Go on Linux)', () => {
  const programs = makeHeapPrograms();
  afterAll(() => programs.remove());

  it.each([
    ['with symbols', [], false],
    ['stripped and position-independent', ['-buildmode=pie', '-ldflags=-s -w'], true],
  ] as const)('is the one that the program writes, %s', async (_, flags, stripped) => {
    const target = await programs.start(flags);
    const opened = await openHeapTarget(target.pid);
    const written = decodeProfile(await download(`http://${target.address}/debug/pprof/heap`));
    const { profile } = await profileFromMemory(opened, await locate(opened, stripped));
    if (profile.kind !== 'captured') throw new Error(profile.why);
    expect(linesOf(written).length).toBeGreaterThan(3);
    expect(linesOf(profile.value)).toEqual(linesOf(written));
    expect(profile.value.period).toBe(written.period);
    target.stop();
  });

  it('leads from a sampled object to where it was allocated', async () => {
    const target = await programs.start([]);
    const opened = await openHeapTarget(target.pid);
    const addresses = await locate(opened, false);
    const { buckets, profile } = await profileFromMemory(opened, addresses);
    if (profile.kind !== 'captured') throw new Error(profile.why);
    const rowOf = bucketOfSpecial(opened.memory, opened.layout, buckets);
    const { mspan, special, mheap } = opened.layout.structs;
    const spans = readSlice(opened.memory, addresses.mheap_ + mheap.allspans)!;
    const list = opened.memory.read(spans.address, spans.length * 8)!;
    const sites = new Map<string, number>();
    for (let i = 0; i < spans.length; i++) {
      const span = opened.memory.read(wordAt(list, 8 * i), mspan.sizeBytes)!;
      if (span[mspan.state] !== opened.layout.constants.spanInUse) continue;
      for (let at = wordAt(span, mspan.specials); at > 0; ) {
        const record = opened.memory.read(at, special.sizeBytes)!;
        if (record[special.kind] === opened.layout.constants.specialProfile) {
          const { samples, locations, functions } = profile.value;
          const leaf = samples.location[samples.locationStart[rowOf(at)]!]!;
          const name = functions.name(locations.lineFunction[leaf]!);
          sites.set(name, (sites.get(name) ?? 0) + 1);
        }
        at = wordAt(record, special.next);
      }
      expect(uint32At(span, mspan.npages)).toBeGreaterThan(0);
    }
    // Goroutines hold twenty buffers of a megabyte; each is sampled with a probability of 86 %.
    expect(sites.get('main.main')).toBeGreaterThan(5);
    target.stop();
  });

  it.each([
    ['with symbols', []],
    ['stripped', ['-ldflags=-s -w']],
  ] as const)('says that the linker turned it off in a program that never reads it, %s', async (name, flags) => {
    const builds = createHeapBuilds();
    const program = await builds.start(builds.build('graph', name, flags));
    const {
      target,
      program: binary,
      loadBias,
      close,
    } = await openGoProcess(program.pid, await openMemoryOf(program.pid));
    const profile = await readHeapProfile(target, binary, loadBias, 0);
    // Before Go 1.20 nothing but a name leads to the linker's switch.
    const isKnown = flags.length === 0 || atLeast(binary.goVersion, '1.20') === true;
    expect(profile).toMatchObject({
      kind: 'not-captured',
      why: isKnown ? expect.stringContaining('the linker turned memory profiling off') : expect.any(String),
    });
    close();
    await builds.cleanUp();
  });

  it('is made from what a walk opens, too', async () => {
    const started = await programs.start([]);
    const { target, program, loadBias, close } = await openGoProcess(started.pid, await openMemoryOf(started.pid));
    const profile = await readHeapProfile(target, program, loadBias, 1234);
    if (profile.kind !== 'captured') throw new Error(profile.why);
    expect([profile.value.kind, profile.value.timeMs, profile.value.period]).toEqual(['heap', 1234, 512 * 1024]);
    expect(linesOf(profile.value).some((line) => /main\.build .*main\.go:\d+/.test(line))).toBe(true);
    close();
    started.stop();
  });
});
