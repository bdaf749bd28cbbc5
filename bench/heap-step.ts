// One walk of a process and everything that is computed of it, in a fresh process, with times and sizes on stdout as JSON.
//   node heap-step.js PID
import { walkProcess } from '../src/capture/heap/walk-process.ts';
import { measureRetention } from '../src/retention/measure-retention.ts';

const pid = Number(process.argv[2]);
const baseBytes = process.memoryUsage.rss();
const started = performance.now();
const marks: { readonly what: string; readonly atMs: number }[] = [];
const walk = await walkProcess(pid, {
  maxPauseMs: 10_000,
  onProgress: (what) => marks.push({ what, atMs: performance.now() - started }),
});
const walkedMs = performance.now() - started;
const graphMs = walkedMs - (marks.find((mark) => mark.what === 'building the graph')?.atMs ?? 0);
const retention = measureRetention(walk.graph);
const totalMs = performance.now() - started;
process.stdout.write(
  `${JSON.stringify({
    pauseMs: walk.pauseMs,
    totalMs,
    graphMs,
    retentionMs: totalMs - walkedMs,
    objects: walk.objects.reachable,
    bytes: walk.bytes.reachable,
    copiedBytes: walk.bytes.copied,
    typedShare: walk.typedShare,
    sound: walk.selfChecks.every((check) => check.ok),
    retainedBytes: retention.tree.retainedBytes[0],
    peakBytes: process.resourceUsage().maxRSS * 1024 - baseBytes,
  })}\n`,
);
