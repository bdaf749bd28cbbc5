// What the operating system said at each capture → looks for the ledger, limits and threads, in order of time. A capture
// without mappings (too dear to read each time, or not allowed) is no look.
import type { Artefact } from '../model/artefact.ts';
import type { CgroupMemory, LedgerLook, MemoryRegion, RegionTotals } from '../model/ledger.ts';
import type { ProcessSetup, ThreadState } from '../model/process-setup.ts';
import type { TimedMemory } from './decode-case.ts';
import { decodeThreadList } from './process-status/decode-thread-list.ts';
import { decodeMemoryLimits } from './record/decode-memory-limits.ts';
import { decodeMemoryStat } from './smaps/decode-cgroup-memory.ts';
import { decodeSmaps, decodeSmapsRollup } from './smaps/decode-smaps.ts';

/** `profiledLiveBytes` is left to who has the heap profiles. */
export type CapturedLook = LedgerLook & { readonly capture: number };

export interface TimedSetup {
  readonly atMs: number;
  readonly setup: ProcessSetup;
}

export interface TimedThreads {
  readonly atMs: number;
  readonly threads: readonly ThreadState[];
}

export interface ProcessLooks {
  readonly looks: readonly CapturedLook[];
  readonly setups: readonly TimedSetup[];
  readonly threadLists: readonly TimedThreads[];
}

interface Draft {
  readonly atMs: number;
  readonly regions?: readonly MemoryRegion[];
  readonly totals?: RegionTotals;
  readonly cgroup?: CgroupMemory;
  readonly pageTableBytes?: number;
}

export interface LookCollector {
  /** False when the artefact is of another kind. Throws DecodeError when it is broken. */
  readonly add: (artefact: Artefact) => boolean;
  /** `memory` holds status and the runtime's numbers of the same captures. */
  readonly finish: (memory: readonly TimedMemory[]) => ProcessLooks;
}

export function createLookCollector(): LookCollector {
  const drafts = new Map<number, Draft>();
  const setups: TimedSetup[] = [];
  const threadLists: TimedThreads[] = [];
  return {
    add(artefact) {
      const { atMs, capture, bytes } = artefact;
      const text = (): string => new TextDecoder().decode(bytes);
      const put = (part: Partial<Draft>): void => {
        drafts.set(capture, { ...(drafts.get(capture) ?? { atMs }), ...part });
      };
      switch (artefact.kind) {
        case 'smaps':
          put({ regions: decodeSmaps(text()) });
          return true;
        case 'smaps-rollup':
          put({ totals: decodeSmapsRollup(text()) });
          return true;
        case 'cgroup-memory':
          put({ cgroup: cgroupOf(text()) });
          return true;
        case 'memory-limits':
          setups.push({ atMs, setup: decodeMemoryLimits(text()) });
          return true;
        case 'thread-list':
          threadLists.push({ atMs, threads: decodeThreadList(text()) });
          return true;
        case 'process-status': {
          const pageTableBytes = pageTableBytesOf(text());
          if (pageTableBytes !== undefined) put({ pageTableBytes });
          return false;
        }
        default:
          return false;
      }
    },
    finish(memory) {
      const byCapture = new Map(memory.map((moment) => [moment.capture, moment]));
      const looks = [...drafts].flatMap(([capture, draft]): CapturedLook[] => {
        const moment = byCapture.get(capture);
        if (draft.regions === undefined || draft.regions.length === 0 || moment?.process === undefined) return [];
        return [
          {
            capture,
            atMs: draft.atMs,
            regions: draft.regions,
            totals: draft.totals,
            process: moment.process,
            pageTableBytes: draft.pageTableBytes,
            cgroup: draft.cgroup,
            memory: moment.stats,
            profiledLiveBytes: undefined,
          },
        ];
      });
      return { looks: looks.sort((a, b) => a.atMs - b.atMs), setups, threadLists };
    },
  };
}

function cgroupOf(text: string): CgroupMemory {
  const head = /^cgroup (.+)\n/.exec(text);
  return decodeMemoryStat(head === null ? text : text.slice(head[0].length), head?.[1] ?? '?');
}

/** VmPMD was a line of its own in kernels 4.0 to 4.14. */
function pageTableBytesOf(status: string): number | undefined {
  const lines = [...status.matchAll(/^(?:VmPTE|VmPMD):\s+(\d+) kB$/gm)];
  return lines.length === 0 ? undefined : lines.reduce((sum, match) => sum + Number(match[1]) * 1024, 0);
}
