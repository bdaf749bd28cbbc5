// A small process that continues the target when we cannot: we were killed, crashed, or hang. It is started before the
// target is stopped and ended after it was continued; it acts when its stdin closes without a word, or when time is over.
import { type ChildProcess, spawn } from 'node:child_process';
import { CaptureError } from '../../base/errors.ts';

export interface Watchdog {
  /** The target runs again (or was never stopped): it may go. */
  dismiss(): void;
}

// It sends SIGCONT only to the process that it was started for (same start time), and only when that is stopped.
const program = `
const { readFileSync } = require('node:fs');
const { exit } = process;
const [pid, ticks, limitMs] = process.argv.slice(1).map(Number);
let dismissed = false;
const rescue = () => {
  if (dismissed) exit(0);
  try {
    const stat = readFileSync('/proc/' + pid + '/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[19]) === ticks) process.kill(pid, 'SIGCONT');
  } catch {}
  exit(1);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.stdin.on('data', () => { dismissed = true; exit(0); });
process.stdin.on('end', rescue);
process.stdin.on('error', rescue);
setTimeout(rescue, limitMs);
process.stdout.write('ready');
`;

const startMs = 10_000;

/** Resolves when it watches. `limitMs` counts from now. Throws CaptureError when it cannot be started. */
export async function startWatchdog(pid: number, startTicks: number, limitMs: number): Promise<Watchdog> {
  const child = spawn(process.execPath, ['-e', program, String(pid), String(startTicks), String(limitMs)], {
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
  return {
    dismiss() {
      child.stdin?.on('error', () => {});
      child.stdin?.end('done');
      child.stdout?.destroy();
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it did not answer')), startMs);
    child.once('error', reject);
    child.once('exit', () => reject(new Error('it ended')));
    child.stdout?.once('data', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
