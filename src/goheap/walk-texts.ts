// A heap walk in the words of a pprof endpoint: the profile of what is alive at this moment, and how much that is. Better
// than the runtime's own profile, which is as of its last collection. Source of the formats: runtime/pprof/pprof.go.
import type { HeapWalk } from '../model/heap-graph.ts';
import { framesOf } from '../model/stacks.ts';

/** So many times the sampling interval is alive that a sample of it is missing only where none are taken (e^-16). */
const certainSamples = 16;

/**
 * Whether the runtime samples what the program allocates. What it sampled of itself, before it learned that nobody wants a
 * profile, says nothing of the program. Source: runtime/proc.go schedinit, disableMemoryProfiling.
 */
export function hasSamples({ sampled, bytes }: HeapWalk, periodBytes: number): boolean {
  if (bytes.reachable < certainSamples * periodBytes) return true;
  if (sampled === undefined) return false;
  return sampled.stack.some((stack) =>
    framesOf(sampled.stacks, stack).some(({ functionName }) => !functionName.startsWith('runtime.')),
  );
}

/** As /debug/pprof/heap?debug=1; undefined when the program samples nothing. `periodBytes`: mean bytes between samples. */
export function liveHeapText({ sampled, graph }: HeapWalk, periodBytes: number): string | undefined {
  if (sampled === undefined) return undefined;
  // A record has objects of one size: scaling needs it.
  const records = new Map<string, { stack: number; size: number; count: number }>();
  for (let row = 0; row < sampled.length; row++) {
    const stack = sampled.stack[row]!;
    const size = graph.bytes[sampled.node[row]!]!;
    const record = records.get(`${stack} ${size}`);
    if (record === undefined) records.set(`${stack} ${size}`, { stack, size, count: 1 });
    else record.count++;
  }
  let objects = 0;
  let bytes = 0;
  const lines: string[] = [];
  for (const { stack, size, count } of records.values()) {
    objects += count;
    bytes += count * size;
    lines.push(`${count}: ${count * size} [${count}: ${count * size}] @`);
    const frames = framesOf(sampled.stacks, stack);
    const first = frames.findIndex(({ functionName }) => !functionName.startsWith('runtime.'));
    for (const { functionName, file, line } of frames.slice(Math.max(0, first)))
      lines.push(`#\t0x1\t${functionName || 'unknown'}+0x0\t${file || '?'}:${line}`);
    lines.push('');
  }
  const head = `heap profile: ${objects}: ${bytes} [${objects}: ${bytes}] @ heap/${2 * periodBytes}`;
  return `${head}\n${lines.join('\n')}\n# runtime.MemStats\n`;
}

/** As the trailer of /debug/pprof/heap?debug=1 just after a collection; HeapLive is ours: what is alive and nothing else. */
export const liveMemstatsText = ({ objects, bytes }: HeapWalk): string =>
  `# runtime.MemStats\n# HeapAlloc = ${bytes.reachable}\n# HeapLive = ${bytes.reachable}\n# HeapObjects = ${objects.reachable}\n`;
