// A small process that continues the target when we cannot: we were killed, crashed, or hang. It is started before the
// target is stopped and ended after it was continued; it acts when its stdin closes without a word, or when time is over.
import { type ChildProcess, spawn } from 'node:child_process';
import { CaptureError } from '../../base/errors.ts';

export interface Watchdog {
  /** From now on it watches: the target is about to be stopped, for `limitMs` at most. */
  arm(limitMs: number): void;
  /** The target runs again (or was never stopped): it may go. */
  dismiss(): void;
}

// It sends SIGCONT only to the process that it was started for (same start time), and only when that is stopped.
const program = `
const { readFileSync } = require('node:fs');
const { exit } = process;
const [pid, ticks] = process.argv.slice(1).map(Number);
let armed = false;
const rescue = () => {
  if (!armed) exit(0);
  try {
    const stat = readFileSync('/proc/' + pid + '/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[19]) === ticks) process.kill(pid, 'SIGCONT');
  } catch {}
  exit(1);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.stdin.setEncoding('latin1');
process.stdin.on('data', (words) => {
  if (words.includes('done')) exit(0);
  armed = true;
  setTimeout(rescue, parseInt(words));
});
process.stdin.on('end', rescue);
process.stdin.on('error', rescue);
process.stdout.write('ready');
`;

const startMs = 10_000;

/** Resolves when it is there. Throws CaptureError when it cannot be started. */
export async function startWatchdog(pid: number, startTicks: number): Promise<Watchdog> {
  const child = spawn(process.execPath, ['-e', program, String(pid), String(startTicks)], {
    // A group of its own: a Ctrl-C that ends us must not end it.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {},
  });
  try {
    await ready(child);
  } catch (cause) {
    child.kill('SIGKILL');
    throw new CaptureError(
      'E-HEAP-WATCHDOG',
      `no process could be started that guards pid ${pid} while it is stopped`,
      {
        advice: 'Walk without stopping it: --no-stop.',
        cause,
      },
    );
  }
  child.unref();
  child.stdin?.on('error', () => {});
  return {
    arm(limitMs) {
      child.stdin?.write(`${limitMs}\n`);
    },
    dismiss() {
      child.stdin?.end('done');
      child.stdout?.destroy();
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    // An answer that came while this thread was busy is seen first.
    const timer = setTimeout(() => setImmediate(() => reject(new Error('it did not answer'))), startMs);
    child.once('error', reject);
    child.once('exit', () => reject(new Error('it ended')));
    child.stdout?.once('data', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
