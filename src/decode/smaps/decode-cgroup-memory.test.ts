import { describe, expect, it } from 'vitest';
import { decodeMemoryStat, findMemoryCgroup } from './decode-cgroup-memory.ts';

const v2Mount = '31 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw\n';
const v1Mounts = `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
35 31 0:32 /docker/ab12 /sys/fs/cgroup/memory\\040x rw - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`;

describe('findMemoryCgroup', () => {
  it('finds the group of the unified hierarchy', () => {
    expect(findMemoryCgroup('0::/system.slice/svc.service\n', v2Mount)).toEqual({
      path: '/system.slice/svc.service',
      directory: '/sys/fs/cgroup/system.slice/svc.service',
    });
  });

  it('prefers the memory controller of v1, and takes the root of its mount off the path', () => {
    expect(findMemoryCgroup('5:cpu:/\n4:memory:/docker/ab12/sub\n0::/\n', v1Mounts)).toEqual({
      path: '/docker/ab12/sub',
      directory: '/sys/fs/cgroup/memory x/sub',
    });
  });

  it('finds nothing outside of what is mounted', () => {
    expect(findMemoryCgroup('4:memory:/docker/ab\n', v1Mounts)).toBeUndefined();
    expect(findMemoryCgroup('0::/../other\n', '')).toBeUndefined();
    expect(findMemoryCgroup('', v2Mount)).toBeUndefined();
  });
});

describe('decodeMemoryStat', () => {
  it('reads v2', () => {
    expect(decodeMemoryStat('anon 10\nfile 20\nkernel 30\nfile_mapped 4\nshmem 5\npagetables 6\n', '/a')).toEqual({
      path: '/a',
      anonBytes: 10,
      fileBytes: 20,
      fileMappedBytes: 4,
      shmemBytes: 5,
      kernelBytes: 30,
      pageTableBytes: 6,
    });
  });

  it('sums the parts of the kernel before 5.18', () => {
    expect(decodeMemoryStat('anon 10\nkernel_stack 1\nslab 2\nsock 4\n', '/a').kernelBytes).toBe(7);
  });

  it('takes the totals of v1, which count descendants, and knows nothing of the kernel there', () => {
    const memory = decodeMemoryStat('cache 1\nrss 2\ntotal_cache 10\ntotal_rss 20\ntotal_mapped_file 3\n', '/a');
    expect(memory).toMatchObject({ anonBytes: 20, fileBytes: 10, fileMappedBytes: 3 });
    expect(memory.kernelBytes).toBeUndefined();
  });

  it('refuses other text', () => {
    expect(() => decodeMemoryStat('<html>', '/a')).toThrow(/memory-stat/);
  });
});
