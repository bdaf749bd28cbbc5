import { describe, expect, it } from 'vitest';
import { resolveOomSubject } from './resolve-oom-subject.ts';
import type { RunProgram } from './run-program.ts';

const id = 'b27201334a41cd0749d053b18378d7ea65617b8e26277197ea25c974da1a5a8a';
const answers =
  (answer: string): RunProgram =>
  () =>
    Promise.resolve(answer);
const fails =
  (message: string, code?: string): RunProgram =>
  () =>
    Promise.reject(Object.assign(new Error(message), code === undefined ? {} : { code }));

describe('resolveOomSubject', () => {
  it.skipIf(process.platform !== 'linux')('knows a process that lives', async () => {
    expect(await resolveOomSubject(String(process.pid), fails('not asked'))).toMatchObject({
      pid: process.pid,
      alive: true,
      comm: expect.any(String),
    });
  });

  it('takes a pid that is gone: its kill may still be in the log', async () => {
    expect(await resolveOomSubject('4194304', fails('not asked'))).toMatchObject({
      label: 'pid 4194304',
      pid: 4194304,
      alive: false,
    });
  });

  it('knows a container that has ended by its id, and what docker remembers', async () => {
    expect(await resolveOomSubject('docker:web', answers(`${id} 0 true 137 4 2026-11-24T15:22:59.96Z\n`))).toEqual({
      label: 'docker:web',
      containerId: id,
      notes: ['docker says that it ended with exit code 137', 'docker has restarted it 4 times'],
      told: [
        expect.objectContaining({ by: 'docker', unit: 'docker:web', atMs: Date.UTC(2026, 10, 24, 15, 22, 59, 960) }),
      ],
      gaps: [],
    });
  });

  it('goes on without docker, and says so', async () => {
    const facts = await resolveOomSubject('docker:web', fails('spawn docker ENOENT', 'ENOENT'));
    expect(facts).toMatchObject({
      unresolved: true,
      gaps: [{ where: 'docker', why: 'there is no docker on this machine' }],
    });
    expect(await resolveOomSubject(`docker:${id}`, fails('no'))).toMatchObject({ containerId: id });
  });

  it.each(['web.service', 'systemd:web.service', 'systemd:web'])(
    'knows the unit %s, and its last result',
    async (word) => {
      expect(await resolveOomSubject(word, answers('MainPID=0\nResult=oom-kill\nNRestarts=2\n'))).toEqual({
        label: 'unit web.service',
        unit: 'web.service',
        notes: ['systemd has restarted it 2 times'],
        told: [expect.objectContaining({ by: 'systemd', text: 'its last run ended with result oom-kill' })],
        gaps: [],
      });
    },
  );

  it('goes on without systemd, and says so', async () => {
    const facts = await resolveOomSubject('web.service', fails('Failed to connect to bus'));
    expect(facts).toMatchObject({ unit: 'web.service', gaps: [{ why: 'Failed to connect to bus' }] });
  });

  it('takes hexadecimal digits for a container, other words for a name', async () => {
    expect(await resolveOomSubject(id.slice(0, 12), fails('not asked'))).toMatchObject({
      containerId: id.slice(0, 12),
    });
    expect(await resolveOomSubject('svc', fails('not asked'))).toMatchObject({ word: 'svc' });
  });

  it('takes a container of a name that docker does not know for no container: its name is in no log', async () => {
    expect(await resolveOomSubject('docker:wbe', fails('Error: No such container: wbe'))).toEqual({
      label: 'docker:wbe',
      unresolved: true,
      notes: [],
      told: [],
      gaps: [expect.objectContaining({ where: 'docker', why: 'Error: No such container: wbe' })],
    });
  });

  it('asks the cluster for a pod', async () => {
    const run: RunProgram = (program, args) =>
      Promise.resolve(
        [program, ...args].join(' ') === 'kubectl -n shop get pod web-0 -o json' ? '{"metadata":{"uid":"u-1"}}' : '',
      );
    expect(await resolveOomSubject('pod:shop/web-0', run)).toMatchObject({ label: 'pod:shop/web-0', podUid: 'u-1' });
  });

  it('says what to do without the cluster, and refuses what is an option', async () => {
    for (const [failure, why] of [
      [fails('spawn kubectl ENOENT', 'ENOENT'), 'there is no kubectl on this machine'],
      [fails('x\nThe connection to the server localhost:8080 was refused'), /localhost:8080 was refused/],
    ] as const)
      expect(await resolveOomSubject('pod:shop/web-0', failure)).toMatchObject({
        unresolved: true,
        gaps: [
          {
            where: 'kubernetes',
            why: typeof why === 'string' ? why : expect.stringMatching(why),
            how: expect.stringContaining('kubectl -n shop get pod web-0 -o json'),
          },
        ],
      });
    await expect(resolveOomSubject('docker:--help', fails('no'))).rejects.toMatchObject({ code: 'E-USAGE' });
  });
});
