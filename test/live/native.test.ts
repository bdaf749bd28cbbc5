// Native traces of real cgo programs, with real probes. Each target has a C library of its own (a copy), so that breakpoints
// of an older bpftrace stop no other process of this machine.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runNative } from '../../src/cli/commands/native.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { repository } from '../run-command.ts';
import { callers, canBuild, cLibrary, mayTrace, programs, run, seven, startPrograms, tracers } from './native-run.ts';

describe.skipIf(!mayTrace || !canBuild)('leakline native (needs root, bpftrace with eBPF, Go and gcc)', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-native-'));

  const { build, start, end } = startPrograms(directory);

  beforeAll(() => {
    mkdirSync(path.join(directory, 'lib'));
    if (cLibrary !== undefined) copyFileSync(cLibrary, path.join(directory, 'lib', 'libc.so.6'));
  });
  afterEach(() => {
    end();
    expect(tracers()).toEqual([]);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** Lines marked in the source, by the function that they are in. */
  const marked = (): Map<string, number> => {
    const lines = new Map<string, number>();
    let name = '';
    readFileSync(path.join(programs, 'leaky/main.go'), 'utf8')
      .split('\n')
      .forEach((text, i) => {
        name = /^func (\w+)/.exec(text)?.[1] ?? name;
        if (text.includes('//leak:allocates')) lines.set(name, i + 1);
      });
    return lines;
  };

  it.each([
    ['with symbols', []],
    ['stripped', ['-ldflags=-s -w']],
    ['stripped and position independent', ['-buildmode=pie', '-ldflags=-s -w']],
    ['static', ['-ldflags=-linkmode external -extldflags -static']],
  ])('names the Go line of seven kinds of C allocation, %s', async (name, flags) => {
    const pid = await start(build('leaky', name.replaceAll(' ', '-'), flags));
    const { code, report } = await run(pid);
    expect(report).toMatchObject({ verdict: 'leak', probe: 'malloc' });
    expect(code).toBe(1);
    const found = callers(report);
    expect(Object.fromEntries([...found].map(([caller, site]) => [caller, site.allocator]))).toEqual(seven);
    for (const [caller, line] of marked()) expect([caller, found.get(caller)?.goCaller?.line]).toEqual([caller, line]);
    expect([found.get('leakString')!.via, found.get('leakBytes')!.via]).toEqual(['C.CString', 'C.CBytes']);
    // C lines come from debug information, which the linker flags -s -w leave out.
    const cLine = (text: string): number =>
      readFileSync(path.join(programs, 'leaky/main.go'), 'utf8')
        .split('\n')
        .findIndex((line) => line.includes(text)) + 1;
    const told = [found.get('leakMalloc')!.cCaller?.line, found.get('leakMmap')!.cCaller?.line];
    const lines = flags.join().includes('-s -w') ? [undefined, undefined] : [cLine('void c_malloc('), cLine('= mmap(')];
    expect(told).toEqual(lines);
    // All seven leak in turn: the exact count of one is that of the others, but for a round in progress.
    const counts = [...found.values()].map((site) => site.count);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(Math.min(...counts)).toBeGreaterThan(50);
    const schema = JSON.parse(
      readFileSync(path.join(repository, 'docs/schemas/leakline.native-1.schema.json'), 'utf8'),
    ) as object;
    const validate = new Ajv2020({ allErrors: true, strict: false }).compile(schema);
    expect(validate(report) ? [] : validate.errors).toEqual([]);
  });

  it('falls back to page faults for a static, stripped program, and names the Go callers', async () => {
    const binary = build('leaky', 'static-stripped', ['-ldflags=-s -w -linkmode external -extldflags -static']);
    const { code, report } = await run(await start(binary));
    expect(report).toMatchObject({ verdict: 'leak', probe: 'page-faults' });
    expect(code).toBe(1);
    expect([...callers(report).keys()].sort()).toEqual(Object.keys(seven).sort());
    expect(report.warnings.join()).toContain('page faults are traced instead');
  });

  // On a busy machine a window may end before its probes stand still: that is said, and not an acquittal.
  it('acquits the twin that gives everything back, also while the Go heap grows through libc', {
    retry: 2,
  }, async () => {
    const binary = build('healthy', 'healthy');
    const calm = await run(await start(binary));
    expect(calm.report).toMatchObject({ verdict: 'clear', probe: 'malloc' });
    expect(calm.code).toBe(0);
    expect(calm.report.probeHits).toBeGreaterThan(500);
    const growing = await run(await start(binary, ['-heap']));
    expect(growing.report).toMatchObject({ verdict: 'clear' });
    expect(growing.report.sites.filter((site) => site.state === 'leaking')).toEqual([]);
  });

  it('does not acquit blocks that live longer than the window', async () => {
    const pid = await start(build('healthy', 'sessions'), ['-sessions=1200', '-every=10ms']);
    await new Promise((resolve) => setTimeout(resolve, 16_000));
    const { code, report } = await run(pid);
    expect(report.verdict).toBe('inconclusive');
    expect(report.why).toContain('live longer than the window');
    expect(code).toBe(3);
  });

  it('never reads probes that were not hit as no leak', async () => {
    const { code, report } = await run(await start(build('healthy', 'idle'), ['-idle']));
    expect(report).toMatchObject({ verdict: 'inconclusive', probeHits: 0 });
    expect(report.why).toContain('nothing was allocated or released through the malloc of');
    expect(code).toBe(3);
  });

  it('ends in order when it is interrupted, with what it has seen', async () => {
    const pid = await start(build('leaky', 'interrupted'));
    const interrupt = new AbortController();
    const timer = setTimeout(() => interrupt.abort(), 16_000);
    const { report } = await run(pid, { interrupt: interrupt.signal, flags: { for: '60s' } });
    clearTimeout(timer);
    expect(report.probeHits).toBeGreaterThan(0);
    expect(tracers()).toEqual([]);
    // The target lives on and is not stopped.
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^State:\t[SR]/m);
  });

  it('acquits nobody when bpftrace is killed in the middle', async () => {
    const pid = await start(build('leaky', 'untraced'));
    const killer = setInterval(() => {
      // The one that has been tracing for a while, not the short one that counts before.
      for (const tracer of tracers()) if (ageSeconds(tracer) > 14) process.kill(Number(tracer), 'SIGKILL');
    }, 500);
    const { code, report } = await run(pid, { flags: { for: '30s', yes: true } });
    clearInterval(killer);
    expect(report).toMatchObject({ verdict: 'inconclusive', probe: 'malloc' });
    expect(report.why).toContain('cut before it told');
    expect(code).toBe(3);
  });

  it('says that bpftrace is missing, watches sizes, and settles nothing', async () => {
    const pid = await start(build('leaky', 'sizes'));
    const { code, report } = await run(pid, { env: { PATH: '/nonexistent' } });
    expect([report.probe, report.probeHits, code]).toEqual(['smaps', 0, 3]);
    expect(report.warnings.join()).toContain('bpftrace is not installed');
    expect(report.why).toContain('native memory grows');
  });

  it('survives a target that ends in the middle', async () => {
    const pid = await start(build('leaky', 'dying'));
    setTimeout(() => process.kill(pid, 'SIGKILL'), 9000);
    const { report } = await run(pid, { flags: { for: '12s' } });
    expect(report.warnings.join()).toContain('ended while it was traced');
  });
});

/** Field 22 of /proc/PID/stat is the start, in 1/100 s since the machine started. */
const ageSeconds = (pid: string): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const started = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) / 100;
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) - started;
};

describe('leakline native, refusals', () => {
  const io = {
    env: {},
    stdin: new PassThrough(),
    stderr: new PassThrough(),
    nowMs: Date.now,
    interrupt: new AbortController().signal,
  } as unknown as CliIo;

  it('refuses what is no pid, and windows that settle nothing', async () => {
    await expect(runNative('svc', {}, io)).rejects.toMatchObject({ code: 'E-USAGE' });
    await expect(runNative('1', { for: '2s' }, io)).rejects.toThrow('between 6 s and 20 min');
  });

  it.skipIf(process.platform !== 'linux')('says that there is no such process', async () => {
    await expect(runNative('4194304', {}, io)).rejects.toThrow('there is no process 4194304');
  });

  it.skipIf(process.geteuid?.() !== 0)(
    'names the rights and the command that help (needs root, to give it up)',
    async () => {
      process.seteuid!(65534);
      try {
        // Another user's process: not even its sizes may be read.
        await expect(runNative('1', {}, io)).rejects.toMatchObject({
          code: 'E-NATIVE-RIGHTS',
          advice: 'Run: sudo leakline native 1 --for 20s',
        });
        const { code, report } = await run(process.pid, { flags: { for: '6s' } });
        expect([report.probe, report.probeHits, code]).toEqual(['smaps', 0, 3]);
        expect(report.warnings[0]).toBe(
          `allocations cannot be traced: missing root, CAP_SYS_ADMIN (or CAP_BPF with CAP_PERFMON). Run: sudo leakline native ${process.pid} --for 6s`,
        );
      } finally {
        process.seteuid!(0);
      }
    },
  );

  it.skipIf(!existsSync('/proc/2/comm'))('says that a kernel thread has no memory', async () => {
    await expect(runNative('2', {}, io)).rejects.toMatchObject({ code: 'E-CAPTURE-KERNEL-THREAD' });
  });
});
