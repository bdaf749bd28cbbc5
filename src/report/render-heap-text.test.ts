import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { drawHeapReport } from '../../test/drawing/draw-heap-report.ts';
import type { HeapReport } from './heap-report.ts';
import { renderHeapMarkdown } from './render-heap-markdown.ts';
import { renderHeapText } from './render-heap-text.ts';

const service = `
  goroutine main.worker created main.start /src/svc/main.go:12 > job1
  frame main.wait > pool
  goroutine main.worker created main.start /src/svc/main.go:12 > job2
  global main.cache > map
  global main.pool > pool
  map map[string]*github.com/acme/svc/store.Session 48 > s1 s2
  s1 github.com/acme/svc/store.Session 64 > data1 next1
  next1 github.com/acme/svc/store.Session 64 > data3
  s2 github.com/acme/svc/store.Session 64 > data2
  data1 []uint8 1000
  data2 []uint8 1000
  data3 []uint8 1000
  pool main.Pool 32 > buffer
  buffer []uint8 5000
  job1 main.Job 64
  job2 main.Job 64`;
const counted = `
  ${service.replace('Session 48', 'Session 48 holds 2/8')}
  global main.jobs > jobs
  jobs []main.Job 2100 holds 40/64`;
const earlier = service.replace('s1 s2', 's1').replace(/\n.*> job2/, '');

const text = (report: HeapReport, more: object = {}): string =>
  renderHeapText(report, { color: false, width: 100, top: 3, verbose: false, cwd: '/src/svc', ...more });

describe('renderHeapText', () => {
  it('says first how large the heap is and who holds it, then the details', () => {
    expect(
      text(drawHeapReport(service)),
    ).toBe(` HEAP  8.2 KiB in 11 objects are in use; shared main.Pool (of goroutine main.worker and global
       main.pool) holds 60 %, global main.cache holds 39 %.
       svc · go1.26.8

Who holds it
   59.9 %    4.9 KiB  shared main.Pool
                      held by goroutine main.worker and global main.pool
                      └─ 59.5 %  []uint8
   38.6 %    3.2 KiB  global main.cache
                      └─ 38.6 %  map[string]*store.Session
                         └─ 38.0 %  3 × store.Session
                            └─ 35.7 %  3 × []uint8
    1.5 %      128 B  2 goroutines main.worker created at main.go:12
                      └─  1.5 %  2 × main.Job

What it is made of
      bytes   objects   retained  type, and who holds most of it
    7.8 KiB         4    7.8 KiB  []uint8 ← shared main.Pool 63 %
      192 B         3    3.1 KiB  store.Session ← global main.cache
      128 B         2      128 B  main.Job ← goroutine main.worker
       48 B         1    3.2 KiB  map[string]*store.Session ← global main.cache
       32 B         1    4.9 KiB  main.Pool ← shared main.Pool

Goroutines 2 in all
        2      128 B  main.worker from main.go:12 · chan receive · stacks 16.0 KiB

  the target stood still for 12 ms · 340 ms in all · 8.2 KiB copied · 100.0 % of bytes have exact
  types · 1 of 1 self-checks hold
`);
  });

  it('answers --why with the ways from roots, and marks what has no way around', () => {
    const lines = text(drawHeapReport(service, { why: '[]uint8' })).split('\n');
    expect(lines.slice(4, 18).join('\n')).toBe(`Why []uint8 is there
  []uint8: 4 objects, 7.8 KiB, retaining 7.8 KiB

  1 is held like this (63 %)   ● every way passes here   ○ there is a way around
    ○ global main.pool
    ● main.Pool  retains 4.9 KiB
    ● []uint8 at 0xc000000150  retains 4.9 KiB

  3 are held like this (38 %)
    ● global main.cache  retains 3.2 KiB
    ● map[string]*store.Session  retains 3.2 KiB
    ● store.Session  retains 2.1 KiB
    ● []uint8 at 0xc0000014d8  retains 1000 B
`);
  });

  it('answers --why for a root with what it holds', () => {
    const lines = text(drawHeapReport(service, { why: 'main.cache' })).split('\n');
    expect(lines.slice(4, 8).join('\n')).toBe(`Why main.cache is there
  global main.cache: 7 objects, 3.2 KiB, retaining 3.2 KiB

   38.6 %    3.2 KiB  global main.cache`);
  });

  it('counts what containers hold, one row for those of one name', () => {
    const lines = text(drawHeapReport(counted)).split('\n');
    const start = lines.indexOf('Containers');
    expect(lines.slice(start, start + 5).join('\n')).toBe(`Containers
   retained   entries      room  which
    3.2 KiB         2         8  global main.cache map · map[string]*store.Session
    2.1 KiB        40        64  global main.jobs slice · []main.Job
`);
  });

  it('says how fast containers become more between two walks', () => {
    const before = counted.replace('holds 2/8', 'holds 1/8').replace('holds 40/64', 'holds 20/64');
    const report = drawHeapReport(counted, { before });
    const lines = text(report).split('\n');
    const start = lines.indexOf('Containers that hold more or less than before');
    expect(lines.slice(start, start + 3).join('\n')).toBe(`Containers that hold more or less than before
         20 → 40        global main.jobs slice · []main.Job (1.0/s, 0 B/h)
`);
    expect(report.diff?.containers?.map(({ name, entries }) => [name, entries])).toEqual([
      ['global main.jobs', { before: 20, after: 40 }],
      ['global main.cache', { before: 1, after: 2 }],
    ]);
    expect(renderHeapMarkdown(report, 5)).toContain('| 0 B | +20 | 40 | global main.jobs |');
    expect(renderHeapMarkdown(drawHeapReport(counted), 5)).toContain('| 40 | 64 | slice | global main.jobs |');
  });

  it('says what changed between two walks, and that two walks prove no leak', () => {
    expect(
      text(drawHeapReport(service, { before: earlier })),
    ).toBe(` HEAP  +1.1 KiB and +3 objects between the two walks; most of what grew is []uint8 held by global
       main.cache (+1000 B).
       svc · go1.26.8
       between two walks 20 s apart · 198 KiB/h

What changed, by type and holder
     +1000 B          +1  []uint8 (now 3) ← global main.cache
       +64 B          +1  main.Job (now 2) ← goroutine main.worker
       +64 B          +1  store.Session (now 3) ← global main.cache

Who holds more or less than before
    +1.0 KiB  global main.cache now 3.2 KiB
       +64 B  2 goroutines main.worker now 128 B, created at main.go:12

Goroutines
          +1  main.worker 1 → 2, created at main.go:12

  Two walks cannot tell a leak from a cache that warms up; \`leakline PID\` watches until it can.

  the target stood still for 12 ms · 340 ms in all · 8.2 KiB copied · 100.0 % of bytes have exact
  types · 1 of 1 self-checks hold
`);
  });

  it('says what is proven, and only what is', () => {
    const place = { functionName: 'main.ask', file: '/src/svc/main.go', line: 23 };
    const group = {
      startFunction: 'main.ask',
      createdAt: { functionName: 'main.offer', file: '/src/svc/main.go', line: 29 },
      blockedAt: place,
      stack: [place],
      ids: [7],
      oldestWaitNs: 3e9,
      retainedBytes: 3 << 20,
      stackBytes: 4096,
      wokenBy: undefined,
      counterparts: [],
    };
    const report = drawHeapReport(service, {
      proofs: {
        stuck: [
          { ...group, state: 'chan send', count: 312, proof: 'unreachable' },
          { ...group, state: 'select (no cases)', count: 1, proof: 'unreachable' },
          { ...group, state: 'chan receive', count: 9, proof: undefined },
        ],
        finalizers: {
          cycles: [
            {
              kind: 'finalizer',
              type: '*main.texture',
              functionName: 'main.free',
              count: 886,
              bytes: 8 << 20,
              others: [],
            },
          ],
          busy: [
            {
              kind: 'finalizer',
              goroutine: 5,
              state: 'chan send',
              at: place,
              stack: [place],
              waitedNs: 5e9,
              mayGoOn: false,
              byVariable: false,
            },
          ],
          queuedFinalizers: 543,
          queuedCleanups: 0,
        },
      },
    });
    const lines = text(report).split('\n');
    const start = lines.indexOf('Proven');
    expect(lines.slice(start, start + 7).join('\n')).toBe(`Proven
  ● 312 goroutines wait for ever (chan send) at main.ask main.go:23, created at main.go:29: nothing
    that runs can reach what they wait for. They hold 3.0 MiB
  ● 886 *main.texture keep themselves through a finalizer (main.free): 8.0 MiB are never collected
  ● the finalizer goroutine waits (chan send) at main.ask main.go:23 for 5 s; 543 finalizers and
    cleanups wait behind it
`);
  });

  it('shouts when a walk contradicts itself', () => {
    const selfChecks = [{ name: 'spans', ok: false, detail: 'spans hold 12 MiB, memstats says 90 MiB' }];
    const report = drawHeapReport(service, { walk: { selfChecks } });
    expect(report.sound).toBe(false);
    expect(text(report)).toContain(' NOT RELIABLE ');
    expect(text(report)).toContain('✗ spans: spans hold 12 MiB, memstats says 90 MiB');
    expect(renderHeapMarkdown(report, 5)).toContain('do not rely on what follows');
  });

  it('lets no control characters of a target reach the terminal', () => {
    const hostile = service.replaceAll('main.cache', 'main.\u001b[2Jcache').replaceAll('main.worker', 'main.w\u0007');
    expect(text(drawHeapReport(hostile))).not.toContain('\u001b');
    expect(text(drawHeapReport(hostile, { why: 'cache' }))).not.toContain('\u001b');
    expect(text(drawHeapReport(hostile, { before: earlier }))).not.toContain('\u001b');
  });

  it('has a heap without objects, too', () => {
    expect(text(drawHeapReport('global main.nothing'))).toContain('0 B in 0 objects are in use');
  });
});

it('speaks JSON by its published schema', () => {
  const schema = JSON.parse(
    readFileSync(path.resolve(import.meta.dirname, '../../docs/schemas/leakline.heap-1.schema.json'), 'utf8'),
  );
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
  for (const more of [{}, { why: '[]uint8' }, { why: 'main.cache' }, { before: earlier }]) {
    expect(validate(drawHeapReport(counted, more)), JSON.stringify(validate.errors)).toBe(true);
  }
  expect(validate({ ...drawHeapReport(service), method: 'guess' })).toBe(false);
});

it('keeps names of a target from becoming Markdown', () => {
  const report = drawHeapReport(service.replaceAll('main.cache', 'main.*x*|y'));
  expect(renderHeapMarkdown(report, 3)).toContain('global main.\\*x\\*\\|y');
});
