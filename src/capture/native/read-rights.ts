// Which rights for tracing this process has, by name. Measured (kernel 6.18, bpftrace 0.17 and 0.23, memleak 0.31): bpftrace
// asks for uid 0 itself; then CAP_SYS_ADMIN, or CAP_BPF with CAP_PERFMON where it has uprobe links of its own (kernel 6.6), and
// CAP_SYS_PTRACE to read the target's maps. memleak opens perf events, which want CAP_SYS_ADMIN, whatever the uid.
// Source: capabilities(7), proc_pid_status(5).
import { readFile } from 'node:fs/promises';

export interface Rights {
  readonly mayRunBpftrace: boolean;
  readonly mayRunMemleak: boolean;
  /** `root`, `CAP_SYS_ADMIN`, …: what bpftrace would need. */
  readonly missing: readonly string[];
}

const bits = { CAP_SYS_PTRACE: 19, CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const;

export async function readRights(): Promise<Rights> {
  const status = await readFile('/proc/self/status', 'utf8');
  return rightsOf(process.geteuid?.() === 0, /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0');
}

/** `effective` as the kernel prints it: hexadecimal. */
export function rightsOf(isRoot: boolean, effective: string): Rights {
  const set = BigInt(`0x${effective}`);
  const has = (name: keyof typeof bits): boolean => ((set >> BigInt(bits[name])) & 1n) === 1n;
  const mayProbe = has('CAP_SYS_ADMIN') || (has('CAP_BPF') && has('CAP_PERFMON'));
  const mayRead = has('CAP_SYS_ADMIN') || has('CAP_SYS_PTRACE');
  return {
    mayRunBpftrace: isRoot && mayProbe && mayRead,
    mayRunMemleak: has('CAP_SYS_ADMIN'),
    missing: [
      ...(isRoot ? [] : ['root']),
      ...(mayProbe ? [] : ['CAP_SYS_ADMIN (or CAP_BPF with CAP_PERFMON)']),
      ...(mayRead || !mayProbe ? [] : ['CAP_SYS_PTRACE']),
    ],
  };
}
