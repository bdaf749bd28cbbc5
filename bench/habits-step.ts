// One walk of a process: what lies in slots that no slice shows, as JSON on stdout.
//   node habits-step.js PID
import { walkProcess } from '../src/capture/heap/walk-process.ts';

const walk = await walkProcess(Number(process.argv[2]), { maxPauseMs: 60_000 });
const lost = walk.lost();
const { graph } = walk;
const moved = graph.types.name.indexOf('main.item');
process.stdout.write(
  JSON.stringify({
    arrays: new Set(lost.array).size,
    objects: lost.length,
    /** Of what the habit moves: how much of it is lost. */
    share:
      lost.node.filter((node) => graph.type[node] === moved).length /
      graph.type.filter((type) => type === moved).length,
    spare: lost.isSpare.reduce((sum, one) => sum + one, 0),
    isSound: walk.selfChecks.every(({ ok }) => ok),
  }),
);
