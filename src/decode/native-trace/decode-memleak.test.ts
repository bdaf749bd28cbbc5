import { expect, it } from 'vitest';
import { decodeMemleak } from './decode-memleak.ts';

it('reads the reports of memleak, with and without symbols', () => {
  const reports = decodeMemleak(`using default object: libc.so.6
Tracing outstanding memory allocs...  Hit Ctrl-C to end
[22:5:25] Top 2 stacks with outstanding allocations:
200000 bytes in 200 allocations from stack
	0 [<0000000000699009>] level3_alloc+0x9 [/svc]
	1 [<000000000046c775>] runtime.cgocall+0x75 [/svc]
67108864 bytes in 1 allocations from stack
	0 [<00007fea3d8ab161>] [/usr/lib/x86_64-linux-gnu/libc.so.6]
[22:5:30] Top 0 stacks with outstanding allocations:
done
`);
  expect(reports.map((report) => [report.at, report.stacks.length])).toEqual([
    ['22:5:25', 2],
    ['22:5:30', 0],
  ]);
  expect(reports[0]!.stacks[0]).toEqual({
    bytes: 200000,
    count: 200,
    frames: [
      { address: 0x699009, function: 'level3_alloc', object: '/svc' },
      { address: 0x46c775, function: 'runtime.cgocall', object: '/svc' },
    ],
  });
  expect(reports[0]!.stacks[1]!.frames[0]!.function).toBeUndefined();
});

it('refuses a text without a report', () => {
  expect(() => decodeMemleak('failed to attach uprobes\n')).toThrow(/memleak/);
});
