// What live tests of the heap walk need: a Go toolchain on amd64, and the right to read the memory of a child.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export const canBuild =
  process.platform === 'linux' && process.arch === 'x64' && spawnSync('go', ['version']).status === 0;

/** Reading the memory of a child needs no root where ptrace is not restricted further. */
export const mayRead = process.geteuid?.() === 0 || isUnrestricted();

function isUnrestricted(): boolean {
  try {
    return readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8').trim() <= '1';
  } catch {
    return true;
  }
}
