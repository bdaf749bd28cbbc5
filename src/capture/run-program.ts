// Runs a helper program (docker, systemctl, journalctl) and gives what it prints.
import { execFile } from 'node:child_process';

/** Runs a program and gives its stdout; throws when it cannot be started or exits with another code than 0. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<string>;

export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout: 10_000, maxBuffer: 1 << 20 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
