// One walk of a process: what lies in slots that no slice shows, as JSON on stdout.
//   node habits-step.js PID
import { walkProcess } from '../src/capture/heap/walk-process.ts';

const walk = await walkProcess(Number(process.argv[2]), { maxPauseMs: 60_000 });
const lost = walk.lost();
const { graph } = walk;
const moved = graph.types.name.indexOf('main.item');
const ofType = (nodes: Iterable<number>): number => [...nodes].filter((node) => graph.type[node] === moved).length;
process.stdout.write(
  JSON.stringify({
    arrays: new Set(lost.array).size,
    objects: lost.length,
    /** Of what the habit moves: how much of it is lost. */
    share: moved < 0 ? null : ofType(lost.node) / ofType(graph.type.keys()),
    isSound: walk.selfChecks.every(({ ok }) => ok),
  }),
);
