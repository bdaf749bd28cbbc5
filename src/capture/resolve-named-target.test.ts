import { describe, expect, it } from 'vitest';
import { resolveNamedTarget } from './resolve-named-target.ts';

const answering = (text: string) => async (program: string, args: readonly string[]) => {
  asked.push([program, ...args].join(' '));
  return text;
};
const failing = (fields: object) => async (): Promise<string> => {
  throw Object.assign(new Error('Command failed: docker inspect web\nError: No such container: web\n'), fields);
};
const asked: string[] = [];

describe('resolveNamedTarget', () => {
  it('asks docker and systemctl for the pid', async () => {
    asked.length = 0;
    expect(await resolveNamedTarget({ kind: 'named', scheme: 'docker', name: 'web' }, answering('4242\n'))).toBe(4242);
    expect(await resolveNamedTarget({ kind: 'named', scheme: 'systemd', name: 'etcd' }, answering('17\n'))).toBe(17);
    expect(asked).toEqual([
      'docker inspect --type container --format {{.State.Pid}} web',
      'systemctl show -p MainPID --value etcd',
    ]);
  });

  it('says that it is not running, not known, or that the program is missing', async () => {
    const web = { kind: 'named', scheme: 'docker', name: 'web' } as const;
    await expect(resolveNamedTarget(web, answering('0\n'))).rejects.toThrow('docker:web is not running');
    await expect(resolveNamedTarget(web, failing({ code: 1 }))).rejects.toThrow('No such container: web');
    await expect(resolveNamedTarget(web, failing({ code: 'ENOENT' }))).rejects.toThrow('there is no `docker`');
    await expect(resolveNamedTarget({ ...web, name: '--help' }, answering('1'))).rejects.toThrow('dash');
  });

  it('spells out the port-forward for a pod', async () => {
    await expect(resolveNamedTarget({ kind: 'named', scheme: 'pod', name: 'prod/api-0' })).rejects.toMatchObject({
      advice: expect.stringContaining('kubectl -n prod port-forward pod/api-0 6060:6060'),
    });
  });
});
