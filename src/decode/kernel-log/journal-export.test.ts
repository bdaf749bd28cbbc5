import { describe, expect, it } from 'vitest';
import { decodeKernelLog } from './decode-kernel-log.ts';

const entry = (fields: readonly string[]): string => `__CURSOR=s=1\n${fields.join('\n')}\n\n`;
const stamp = '__REALTIME_TIMESTAMP=1790000000500000';
const kernel = '_TRANSPORT=kernel\nSYSLOG_IDENTIFIER=kernel\n_HOSTNAME=web1';

describe('a journal export', () => {
  it('gives a kill with its moment and host, with statistics in one message of many lines', () => {
    const stats = 'Memory cgroup stats for /a:\nanon 1062739968\nfile 0\nshmem 4096';
    const length = `${String.fromCharCode(stats.length)}${'\0'.repeat(7)}`;
    const text = [
      entry([stamp, 'MESSAGE=svc invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0', kernel]),
      entry([stamp, 'MESSAGE=memory: usage 1048576kB, limit 1048576kB, failcnt 153', kernel]),
      entry([stamp, `MESSAGE\n${length}${stats}`, kernel]),
      entry([
        stamp,
        'MESSAGE=oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a,task=svc,pid=9,uid=0',
        kernel,
      ]),
      entry([
        stamp,
        'MESSAGE=Memory cgroup out of memory: Killed process 9 (svc) total-vm:1kB, anon-rss:1037832kB, file-rss:0kB, shmem-rss:4kB, UID:0 pgtables:38108kB oom_score_adj:0',
        kernel,
      ]),
      entry([stamp, "MESSAGE=svc.service: Failed with result 'oom-kill'.", 'SYSLOG_IDENTIFIER=systemd']),
    ].join('');
    const log = decodeKernelLog(text, { source: 'journal', referenceMs: 0 });
    expect(log.kills[0]).toMatchObject({
      atMs: 1790000000500,
      hostname: 'web1',
      pid: 9,
      cgroup: '/a',
      memory: { anonBytes: 1062739968, shmemBytes: 4096, limitBytes: 1 << 30 },
    });
    expect(log.unitEvents[0]).toMatchObject({ unit: 'svc.service', atMs: 1790000000500 });
  });

  it('ends at a cut entry', () => {
    const log = decodeKernelLog(
      `${entry([stamp, 'MESSAGE=x', kernel])}${stamp}\nMESSAGE=Killed process 9 (svc) total-vm:1kB, anon-rss:1kB, file-rss:0kB`,
      { source: 'journal', referenceMs: 0 },
    );
    expect(log.kills).toHaveLength(1);
  });
});
