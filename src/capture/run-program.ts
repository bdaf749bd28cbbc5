// Runs a helper program (docker, systemctl, journalctl) and gives what it prints.
import { execFile } from 'node:child_process';

/** Runs a program and gives its stdout; throws when it cannot be started, exits with another code than 0, or hangs. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<string>;

const limitMs = 10_000;

export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve, reject) => {
    const child = execFile(program, [...args], { maxBuffer: 1 << 20 }, (error, stdout) => {
      clearTimeout(limit);
      if (error === null) resolve(stdout);
      else reject(error);
    });
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      // Children of its own may hold its output open long after it is killed: nobody waits for them.
      child.stdout?.destroy();
      child.stderr?.destroy();
      reject(new Error(`${program} gives no answer in ${limitMs / 1000} s`));
    }, limitMs);
  });
