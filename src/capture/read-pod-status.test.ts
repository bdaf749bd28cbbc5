import { describe, expect, it } from 'vitest';
import { readPodStatus } from './read-pod-status.ts';

const pod = (status: object): string =>
  JSON.stringify({ kind: 'Pod', metadata: { uid: 'u-1', name: 'web-0' }, status });
const read = (answer: string) => readPodStatus('shop', 'web-0', () => Promise.resolve(answer));

describe('readPodStatus', () => {
  it('tells which container was killed for lack of memory, when, and how long it was away', async () => {
    const answer = await read(
      pod({
        containerStatuses: [
          { name: 'proxy', restartCount: 0, state: { running: { startedAt: '2026-11-24T10:00:00Z' } } },
          {
            name: 'web',
            restartCount: 3,
            state: { running: { startedAt: '2026-11-24T11:30:20Z' } },
            lastState: {
              terminated: {
                reason: 'OOMKilled',
                exitCode: 137,
                startedAt: '2026-11-24T11:00:00Z',
                finishedAt: '2026-11-24T11:30:00Z',
              },
            },
          },
        ],
      }),
    );
    expect(answer.status).toEqual({
      uid: 'u-1',
      kills: [
        {
          atMs: Date.UTC(2026, 10, 24, 11, 30),
          hostname: undefined,
          unit: 'shop/web-0, container web',
          by: 'kubernetes',
          text: 'OOMKilled, exit code 137, after 30 min, back 20 s later',
          source: 'kubectl',
        },
      ],
      notes: ['Kubernetes has restarted container web 3 times'],
    });
  });

  it('counts an end without the word OOMKilled for none, and says that it was a kill', async () => {
    const terminated = { reason: 'Error', exitCode: 137 };
    const answer = await read(
      pod({ containerStatuses: [{ name: 'web', restartCount: 1, lastState: { terminated } }] }),
    );
    expect(answer.status?.kills).toEqual([]);
    expect(answer.status?.notes).toEqual([
      'Kubernetes has restarted container web once',
      'container web ended with exit code 137 (Error): it was killed, Kubernetes does not say by what',
    ]);
  });

  it('tells of a container that waits to be started again', async () => {
    const terminated = { reason: 'OOMKilled', exitCode: 137 };
    const state = { waiting: { reason: 'CrashLoopBackOff' } };
    const answer = await read(pod({ containerStatuses: [{ name: 'web', state, lastState: { terminated } }] }));
    expect(answer.status?.kills).toMatchObject([
      { atMs: undefined, text: 'OOMKilled, exit code 137, now CrashLoopBackOff' },
    ]);
  });

  it.each([['no JSON'], ['{}'], ['[]'], ['null']])('says of %s that it is no pod', async (answer) => {
    expect(await read(answer)).toMatchObject({
      status: undefined,
      gap: { why: expect.stringContaining('than a pod') },
    });
  });
});
