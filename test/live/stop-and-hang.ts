// Stops a process as a walk does and then hangs: what a crash in the middle of a walk leaves behind.
//   node stop-and-hang.js PID LIMIT_MS
import { writeSync } from 'node:fs';
import { startTicks } from '../../src/capture/heap/read-threads.ts';
import { whileStopped } from '../../src/capture/heap/stop-process.ts';
import { startWatchdog } from '../../src/capture/heap/watchdog.ts';

const pid = Number(process.argv[2]);
const watchdog = await startWatchdog(pid, startTicks(pid)!);
watchdog.arm(Number(process.argv[3]));
whileStopped(
  pid,
  () => performance.now(),
  () => {
    writeSync(1, 'stopped');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
);
