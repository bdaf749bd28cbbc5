// A Go program whose lines carry marks (`// word` at their end): it is built, walked once when it is ready, and what the walk
// says of the objects of each marked line is told by its mark.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { walkProcess } from '../../src/capture/heap/walk-process.ts';
import { heldObjectsOf } from '../../src/retention/held-objects.ts';
import { measureRetention } from '../../src/retention/measure-retention.ts';

type HeldObjects = ReturnType<typeof heldObjectsOf>[number];

export interface MarkedProgram {
  /** Built with that toolchain (undefined: the default) and these flags. */
  readonly walk: (go: string | undefined, flags: readonly string[]) => Promise<readonly Marked[]>;
  readonly remove: () => void;
}

export interface Marked {
  readonly mark: string;
  readonly held: HeldObjects;
}

/** `program` is main.go; it prints a line when it is ready, and stays. */
export function markedProgram(name: string, program: string): MarkedProgram {
  const directory = mkdtempSync(path.join(tmpdir(), `leakline-${name}-`));
  const running = new Set<ChildProcess>();
  writeFileSync(path.join(directory, 'go.mod'), `module example.com/${name}\n\ngo 1.20\n`);
  writeFileSync(path.join(directory, 'main.go'), program);
  const marks = program.split('\n').map((line) => /\/\/ (\w+)$/.exec(line)?.[1]);
  return {
    async walk(go, flags) {
      const binary = path.join(directory, `${name}-${go}-${flags.length}`);
      const env = { ...process.env, ...(go === undefined ? {} : { GOTOOLCHAIN: go }) };
      execFileSync('go', ['build', ...flags, '-o', binary, '.'], {
        cwd: directory,
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const child = spawn(binary, { stdio: ['ignore', 'pipe', 'inherit'] });
      running.add(child);
      await new Promise<void>((resolve, reject) => {
        child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
        child.stdout.once('data', () => resolve());
      });
      const walk = await walkProcess(child.pid!, { maxPauseMs: 5000 });
      const all = heldObjectsOf(walk, measureRetention(walk.graph), await walk.proofs());
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
      return all.flatMap((held) => {
        const line = held.frames.find(({ file }) => file.endsWith('main.go'))?.line ?? 0;
        const mark = marks[line - 1];
        return mark === undefined ? [] : [{ mark, held }];
      });
    },
    remove() {
      for (const child of running) child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
