// One walk of a process and everything that is computed of it, in a fresh process, with times and sizes on stdout as JSON.
//   node heap-step.js PID
import { walkProcess } from '../src/capture/heap/walk-process.ts';
import { buildHoldTree } from '../src/retention/hold-tree.ts';
import { measureRetention } from '../src/retention/measure-retention.ts';

const pid = Number(process.argv[2]);
const baseBytes = process.memoryUsage.rss();
const started = performance.now();
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
let buildingAt = 0;
const walk = await walkProcess(pid, {
  maxPauseMs: 60_000,
  onProgress(what) {
    if (what === 'building the graph') buildingAt = cpuMs();
  },
});
const walkedAt = cpuMs();
const tree = buildHoldTree(walk.graph);
const dominatedAt = cpuMs();
const totalMs = performance.now() - started;
const peakBytes = process.resourceUsage().maxRSS * 1024 - baseBytes;
const retention = measureRetention(walk.graph);
process.stdout.write(
  `${JSON.stringify({
    pauseMs: walk.pauseMs,
    totalMs,
    graphCpuMs: walkedAt - buildingAt,
    dominatorsCpuMs: dominatedAt - walkedAt,
    answersCpuMs: cpuMs() - dominatedAt,
    objects: walk.objects.reachable,
    bytes: walk.bytes.reachable,
    copiedBytes: walk.bytes.copied,
    typedShare: walk.typedShare,
    sound: walk.selfChecks.every((check) => check.ok) && retention.tree.retainedBytes[0] === tree.retainedBytes[0],
    peakBytes,
  })}\n`,
);
