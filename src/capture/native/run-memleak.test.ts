// A stand-in for memleak that prints what the real one (0.31) printed for a traced program, and holds its caller to the
// tool's traps: names of objects of at most 31 characters, ages of at most 2147 ms.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runMemleak } from './run-memleak.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'leakline-memleak-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const report = (at: string, count: number): string => `[${at}] Top 2 stacks with outstanding allocations:
${4000 * count} bytes in ${count} allocations from stack
\t0 [<0000000000699009>] level3_alloc+0x9 [/svc]
\t1 [<000000000046c775>] runtime.cgocall+0x75 [/svc]
8392704 bytes in 1 allocations from stack
\t0 [<00007fea3d8ab161>] [/usr/lib/x86_64-linux-gnu/libc.so.6]
`;

function standIn(name: string, script: string): { readonly path: string } {
  const file = path.join(directory, name);
  writeFileSync(file, `#!/bin/sh\n${script}`);
  chmodSync(file, 0o755);
  return { path: file };
}

const options = {
  pid: 42,
  objectPath: path.join(directory, 'a-library-with-a-name-of-more-than-31-characters.so'),
  tickSeconds: 1,
  ticks: 2,
  signal: new AbortController().signal,
};
const printing = (text: string): string => `cat <<'END'\n${text}END\n`;

describe.skipIf(process.platform === 'win32')('runMemleak', () => {
  it('reads its reports as a trace, without births and releases', async () => {
    const text = `using default object: libc.so.6\nTracing outstanding memory allocs...  Hit Ctrl-C to end\n${report('22:5:25', 10)}${report('22:5:26', 20)}done\n`;
    const trace = await runMemleak(standIn('works', printing(text)), options);
    expect(trace).toMatchObject({ probe: 'memleak', complete: true, hits: { allocations: 21, releases: 0 } });
    if (typeof trace === 'string') throw new Error(trace);
    expect([...trace.atMs]).toEqual([0, 1000, 2000]);
    expect([...trace.sites[0]!.bytes]).toEqual([0, 40_000, 80_000]);
    expect(trace.sites[0]).toMatchObject({ allocator: 'unknown', cAddress: 0x699009, bornBytes: undefined });
    expect(trace.sites[0]!.callAddresses).toEqual([0x699009, 0x46c775]);
  });

  it('names the object by a short link, and removes it', async () => {
    const told = path.join(directory, 'told');
    const work = `echo "$@" > ${told}\nreadlink "$8" >> ${told}\n${printing('Tracing outstanding memory allocs\n[1:1:1] Top 0 stacks with outstanding allocations:\n')}`;
    await runMemleak(standIn('looks', work), options);
    const [words, target] = readFileSync(told, 'utf8').trim().split('\n');
    const list = words!.split(' ');
    const object = list[list.indexOf('-O') + 1]!;
    expect(object.length).toBeLessThanOrEqual(31);
    expect(target).toBe(options.objectPath);
    expect(Number(list[list.indexOf('-o') + 1])).toBeLessThanOrEqual(2147);
    expect(list.slice(-2)).toEqual(['1', '2']);
    expect(existsSync(path.dirname(object))).toBe(false);
  });

  it('gives the reason when it refuses the object', async () => {
    const refusing = standIn('refuses', `echo "libbpf: elf: failed to find symbol 'mmap' in 'x'" >&2; exit 254\n`);
    expect(await runMemleak(refusing, options)).toBe("libbpf: elf: failed to find symbol 'mmap' in 'x'");
    expect(await runMemleak({ path: path.join(directory, 'absent') }, options)).toContain('ENOENT');
  });

  it('gives a trace without sites for silence, which is for others to judge', async () => {
    const silent = printing(
      'Tracing outstanding memory allocs\n[1:1:1] Top 0 stacks with outstanding allocations:\ndone\n',
    );
    expect(await runMemleak(standIn('silent', silent), options)).toMatchObject({ sites: [], hits: { allocations: 0 } });
  });
});
