// Starts real programs for a test and ends them after it.
import { spawn } from 'node:child_process';

export interface Processes {
  /** Resolves with the pid once the program printed something. */
  start(program: string, args: readonly string[]): Promise<number>;
  stopAll(): Promise<void>;
}

export function createProcesses(cwd: string): Processes {
  const running: { stop(): Promise<void> }[] = [];
  return {
    async start(program, args) {
      const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      running.push({
        async stop() {
          child.kill('SIGKILL');
          await ended;
        },
      });
      await new Promise<void>((resolve, reject) => {
        child.stdout.once('data', () => resolve());
        child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
      });
      return child.pid!;
    },
    async stopAll() {
      await Promise.all(running.splice(0).map((one) => one.stop()));
    },
  };
}
