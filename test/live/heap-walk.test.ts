// Heap walks of real Go programs against what the Go runtime counts itself.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshotProcess, walkProcess } from '../../src/capture/heap/walk-process.ts';
import { decodeSnapshot } from '../../src/goheap/snapshot-format.ts';
import { walkSnapshot } from '../../src/goheap/walk-snapshot.ts';
import type { HeapWalk } from '../../src/model/heap-graph.ts';
import { framesOf } from '../../src/model/stacks.ts';
import { createHeapBuilds, type HeapProgram, hasGo } from './heap-programs.ts';

const mayTrace = process.platform === 'linux' && process.arch === 'x64' && process.geteuid?.() === 0;

/** Objects that the program makes after it counted, to print the count. */
const printed = 40;
/** Of a machine that is busy with other things. */
const patient = { maxPauseMs: 20_000 };

function expectExact(walk: HeapWalk, program: HeapProgram): void {
  expect(walk.selfChecks.filter((check) => !check.ok)).toEqual([]);
  const { objects, bytes } = program.counts;
  expect(walk.objects.reachable).toBeGreaterThanOrEqual(objects);
  expect(walk.objects.reachable).toBeLessThanOrEqual(objects * 1.0001 + printed);
  // What the collector saw alive while the program waited for it may be gone since.
  expect(walk.bytes.reachable).toBeGreaterThanOrEqual(bytes - 512);
  expect(walk.bytes.reachable).toBeLessThanOrEqual(bytes * 1.0001 + printed * 512);
}

const stateOf = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.charAt(stat.lastIndexOf(')') + 2);
};

describe.skipIf(!mayTrace || !hasGo)('walking the heap of a live process (needs Linux on amd64, root and Go)', () => {
  const builds = createHeapBuilds();
  let plain = '';
  beforeAll(() => {
    plain = builds.build('graph', 'plain');
  });
  afterAll(() => builds.cleanUp());

  it.each([
    ['with debug information', 'plain', [], {}],
    ['stripped', 'stripped', ['-ldflags=-s -w'], {}],
    ['position independent', 'pie', ['-buildmode=pie'], {}],
    ['position independent and stripped', 'stripped-pie', ['-buildmode=pie', '-ldflags=-s -w'], {}],
  ])('finds exactly what the runtime counts: %s', async (_, name, flags, env) => {
    const program = await builds.start(builds.build('graph', name, flags, env));
    const walk = await walkProcess(program.pid, patient);
    expectExact(walk, program);
    expect(walk.stopped).toBe('signal');
    expect(walk.goVersion).toBe(program.counts.version);
    const after = await program.ask();
    expect(after.objects).toBeGreaterThanOrEqual(program.counts.objects);
  });

  it('names goroutines with what they wait for, their deferred calls and their stacks', async () => {
    const program = await builds.start(plain);
    const { graph } = await walkProcess(program.pid, patient);
    const { goroutines } = graph;
    const rows = Array.from({ length: goroutines.length }, (_, row) => ({
      start: goroutines.startFunction[row]!,
      state: goroutines.state[row]!,
      deferred: goroutines.deferred[row]!,
      blocked: goroutines.blockedOn[row]! >= 0,
      stack: framesOf(goroutines.stacks, goroutines.stack[row]!).map((frame) => frame.functionName),
    }));
    const waiting = rows.filter((row) => row.stack.includes('main.waitForever'));
    expect(waiting).toHaveLength(100);
    expect(waiting.every((row) => row.state === 'chan receive' && row.blocked)).toBe(true);
    const deferring = rows.filter((row) => row.stack.includes('main.deferMany'));
    expect(deferring.map((row) => row.deferred)).toEqual([200, 200, 200, 200, 200]);
    const deep = rows.filter((row) => row.stack.includes('main.deep'));
    expect(deep.map((row) => row.stack.filter((name) => name === 'main.deep').length)).toEqual([51, 51, 51, 51, 51]);
    expect(rows.filter((row) => row.state === 'chan send' && row.blocked)).toHaveLength(3);
    expect(graph.named.name.filter((name) => name.startsWith('time.AfterFunc main.fill.func'))).toHaveLength(300);
  });

  // It ran on: a collection between its count and ours may have taken what it made to print the count.
  it('sees the same of a process that runs on, when nothing changes', { retry: 2 }, async () => {
    const program = await builds.start(plain);
    const walk = await walkProcess(program.pid, { stop: false });
    expectExact(walk, program);
    expect(walk).toMatchObject({ stopped: 'not-stopped', pauseMs: 0 });
    expect(walk.gaps.join()).toContain('ran on');
  });

  it.each([
    ['plain', []],
    ['stripped-pie', ['-buildmode=pie', '-ldflags=-s -w']],
  ])('gives the same walk from a saved snapshot, which has no text of strings in it: %s', async (name, flags) => {
    const program = await builds.start(builds.build('graph', name, flags));
    const { walk, snapshot } = await snapshotProcess(program.pid, patient);
    const again = await walkSnapshot(snapshot, () => 0);
    expectExact(again, program);
    expect(again.objects).toEqual(walk.objects);
    expect(again.graph.length).toBe(walk.graph.length);
    const moved = Array.from({ length: walk.graph.length }, (_, node) => node).filter(
      (node) => again.graph.addressOf(node) !== walk.graph.addressOf(node),
    );
    expect(moved).toEqual([]);
    expect(again.graph.types.name).toEqual(walk.graph.types.name);
    const unpacked = decodeSnapshot(snapshot).parts.filter((part) => part.of === 'memory');
    // The names of sessions, made at run time, are strings in the heap.
    expect(unpacked.some((part) => Buffer.from(part.bytes).includes('session 1'))).toBe(false);
  });

  it('saves nothing of what free memory held before', async () => {
    const program = await builds.start(builds.build('secrets', 'secrets'));
    const { walk, snapshot } = await snapshotProcess(program.pid, patient);
    const again = await walkSnapshot(snapshot, () => 0);
    expect(again.objects).toEqual(walk.objects);
    const memory = decodeSnapshot(snapshot).parts.filter((part) => part.of === 'memory');
    expect(memory.length).toBeGreaterThan(0);
    // Vector registers, which the runtime saves, may still have 32 bytes of what was copied last.
    const text = /(?:secret \d{8} ){3}/;
    expect(memory.filter(({ bytes }) => text.test(Buffer.from(bytes).toString('latin1')))).toEqual([]);
  });

  it('gives up when the pause would be too long, and the target runs on', async () => {
    const program = await builds.start(plain);
    await expect(walkProcess(program.pid, { maxPauseMs: 0 })).rejects.toMatchObject({ code: 'E-HEAP-PAUSE' });
    await program.ask();
  });

  it('walks a heap that never stands still: what does not change is all there', async () => {
    const program = await builds.start(builds.build('busy', 'busy'));
    for (const stop of [true, false]) {
      const walk = await walkProcess(program.pid, { ...patient, stop });
      expect(walk.selfChecks.filter((check) => !check.ok)).toEqual([]);
      const steady = walk.graph.types.name.indexOf('main.Steady');
      expect(walk.graph.type.filter((row) => row === steady)).toHaveLength(100_000);
    }
    await program.ask();
  });

  it('looks into what package sync keeps behind untyped pointers', async () => {
    const program = await builds.start(builds.build('shared', 'shared'));
    const { graph } = await walkProcess(program.pid, patient);
    const item = graph.types.name.indexOf('main.Item');
    expect(graph.type.filter((row) => row === item)).toHaveLength(3500);
  });

  it('names arguments that came in registers and were saved', async () => {
    const program = await builds.start(builds.build('shared', 'shared'));
    const { graph, names } = await walkProcess(program.pid, patient);
    const frames = Array.from(graph.named.kind.keys()).filter((node) => graph.named.name[node] === 'main.keep');
    const held = frames.flatMap((frame) =>
      Array.from(graph.referenceTo.subarray(graph.referenceStart[frame], graph.referenceStart[frame + 1]), (node) => ({
        label: names.referenceLabel(frame, node),
        type: graph.types.name[graph.type[node]!],
        bytes: graph.bytes[node],
      })).filter((one) => one.bytes! > 100_000),
    );
    expect(held).toEqual(Array.from({ length: 5 }, () => ({ label: 'var buffer', type: '[]uint8', bytes: 1 << 20 })));
  });

  it('says that the target is gone when it ends meanwhile', async () => {
    const program = await builds.start(plain);
    const onProgress = (): void => void process.kill(program.pid, 'SIGKILL');
    await expect(walkProcess(program.pid, { onProgress })).rejects.toMatchObject({ code: 'E-CAPTURE-NO-PROCESS' });
  });

  it('does not continue what somebody else has stopped', async () => {
    const program = await builds.start(plain);
    process.kill(program.pid, 'SIGSTOP');
    const walk = await walkProcess(program.pid, patient);
    expect(walk).toMatchObject({ stopped: 'already-stopped', pauseMs: 0 });
    expectExact(walk, program);
    expect(stateOf(program.pid)).toBe('T');
    process.kill(program.pid, 'SIGCONT');
    await program.ask();
  });

  it.each([
    ['is killed in the middle', 60_000, true],
    ['hangs for longer than it may', 500, false],
  ])('continues the target when the walker %s', async (_, limitMs, isKilled) => {
    const program = await builds.start(plain);
    const script = path.join(builds.directory, 'stop-and-hang.mjs');
    buildSync({
      entryPoints: [path.join(import.meta.dirname, 'stop-and-hang.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: script,
    });
    const walker = spawn(process.execPath, [script, String(program.pid), String(limitMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => walker.stdout.once('data', resolve));
    expect(stateOf(program.pid)).toBe('T');
    if (isKilled) walker.kill('SIGKILL');
    for (let i = 0; i < 100 && stateOf(program.pid) === 'T'; i++) await wait(50);
    expect(stateOf(program.pid)).not.toBe('T');
    walker.kill('SIGKILL');
    await program.ask();
  });

  it('says what is wrong: no process, no Go program', async () => {
    await expect(walkProcess(2 ** 22 + 1)).rejects.toMatchObject({ code: 'E-CAPTURE-NO-PROCESS' });
    await expect(walkProcess(process.pid)).rejects.toMatchObject({ advice: expect.stringContaining('Go') });
  });
});
