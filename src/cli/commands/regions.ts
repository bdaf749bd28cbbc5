// `leakline regions <pid>`: which mappings of a process grow, and with --peek what is in one of them: the last resort where
// nothing else is permitted.
import { KnownError, UsageError } from '../../base/errors.ts';
import { formatCount } from '../../base/format-count.ts';
import { nameCodePointers } from '../../capture/name-code-pointers.ts';
import { demandReadableMemory, type PeekedMemory, peekMemory } from '../../capture/peek-memory.ts';
import { noSuchProcess, readProcessFacts } from '../../capture/read-process.ts';
import { processStartTicks, readLedgerLook, readLedgerTarget, readMappingLimit } from '../../capture/read-smaps.ts';
import { watchLooks } from '../../capture/watch-looks.ts';
import { classifyRegions } from '../../ledger/classify-regions.ts';
import { readContents } from '../../ledger/contents/read-contents.ts';
import {
  areaAround,
  isOwnMemory,
  type RegionArea,
  type TrackedRegions,
  trackRegions,
} from '../../ledger/track-regions.ts';
import type { LedgerLook, LedgerTarget } from '../../model/ledger.ts';
import { composeRegions, type PeekedArea } from '../compose-regions.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { localProcessOf, watchMsOf } from '../local-process.ts';
import { type CaptureFlags, formatOf, type OutputFlags, topOf } from '../options.ts';
import { renderRegions } from '../render-regions.ts';
import { writeOutput } from '../write-output.ts';

export interface RegionsFlags extends Pick<CaptureFlags, 'for'>, OutputFlags {
  /** `true` or `biggest`, or an address. */
  readonly peek?: string | true;
  readonly showContents?: boolean;
}

const defaultForMs = 10_000;
const mostLooks = 8;
const mappingAlarmShare = 0.5;

export async function runRegions(word: string, flags: RegionsFlags, io: CliIo): Promise<ExitCode> {
  const format = formatOf(flags);
  if (format === 'md') throw new UsageError('--format md is not available for regions', 'Use text or json.');
  const top = topOf(flags);
  const wanted = peekOf(flags);
  const forMs = watchMsOf(flags.for, defaultForMs);
  const { pid } = await localProcessOf(word, 'regions');
  const startTicks = await processStartTicks(pid);
  if (startTicks === undefined) throw noSuchProcess(pid);
  const facts = await readProcessFacts(pid);
  const target = await readLedgerTarget(pid, facts.exe, facts.build?.goVersion);
  if (wanted !== undefined) await demandReadableMemory(pid);
  const notes: string[] = [];
  const { looks, ended } = await watchLooks(
    forMs,
    mostLooks,
    () =>
      readLedgerLook(pid, startTicks, {
        nowMs: io.nowMs,
        signal: io.interrupt,
        note: (message) => notes.push(message),
        command: 'regions',
      }),
    io.interrupt,
  );
  if (ended !== undefined) notes.push(`pid ${pid}: ${ended}`);
  const tracked = trackRegions(looks, target);
  if (!tracked.isGo) notes.push('this is not a Go program: its own heap is shown as anonymous memory');
  const full = await closeToMappingLimit(looks.at(-1)!.regions.length);
  if (full !== undefined) notes.push(full);
  const peeked =
    wanted === undefined || ended !== undefined
      ? undefined
      : await peek(pid, startTicks, chosenArea(tracked, wanted), looks.at(-1)!, target).catch((error: unknown) => {
          // What was watched is worth showing, also when the process ends just before it is looked into.
          if (!(error instanceof KnownError) || tracked.watchedMs === 0) throw error;
          notes.push(`not looked into: ${error.message}`);
          return undefined;
        });
  const result = composeRegions(target, tracked, peeked, flags.showContents === true, notes);
  const color = flags.color !== false && io.stdout.isTTY === true && (io.env['NO_COLOR'] ?? '') === '';
  await writeOutput(
    io,
    flags.output,
    format === 'json'
      ? `${JSON.stringify(result, null, 2)}\n`
      : renderRegions(result, { color, width: Math.min(120, Math.max(60, io.stdout.columns ?? 100)), top }),
  );
  return 0;
}

/** The kernel's vm.max_map_count: a process that reaches it cannot map memory any more, however much there is. */
async function closeToMappingLimit(mappings: number): Promise<string | undefined> {
  const most = await readMappingLimit();
  if (most === undefined || mappings < mappingAlarmShare * most) return undefined;
  return `${formatCount(mappings)} mappings of at most ${formatCount(most)} (vm.max_map_count): beyond it mmap fails, and Go ends with "cannot allocate memory"`;
}

type Wanted = 'biggest' | 'growing' | number;

function peekOf({ peek, showContents }: RegionsFlags): Wanted | undefined {
  if (peek === undefined) {
    if (showContents === true) throw new UsageError('--show-contents without --peek', 'Add --peek.');
    return undefined;
  }
  if (peek === true) return 'growing';
  if (peek === 'biggest') return 'biggest';
  const address = /^(?:0x)?([0-9a-f]{1,13})(?:-[0-9a-f]+)?$/i.exec(peek)?.[1];
  if (address === undefined)
    throw new UsageError(`--peek ${peek} is not an address`, 'Write --peek, --peek=biggest or --peek=0x7f12a0000000.');
  return Number.parseInt(address, 16);
}

/** What grows most is what one wants to look into; where nothing grows, the largest. */
function chosenArea(tracked: TrackedRegions, wanted: Wanted): RegionArea {
  if (typeof wanted === 'number') {
    const found = areaAround(tracked.areas, wanted);
    if (found !== undefined) return found;
    throw new UsageError(
      `nothing resident is mapped at 0x${wanted.toString(16)}`,
      'Take an address from the list of `leakline regions PID --for 0`.',
    );
  }
  const own = tracked.areas.filter((area) => isOwnMemory(area) && area.rssBytes > 0);
  const biggest = own.reduce<RegionArea | undefined>(
    (best, area) => (best === undefined || area.rssBytes > best.rssBytes ? area : best),
    undefined,
  );
  const growing = own.find((area) => area.grownBytes > 0);
  const chosen = wanted === 'growing' ? (growing ?? biggest) : biggest;
  if (chosen === undefined)
    throw new KnownError('E-REGIONS-NOTHING', 'the process has no memory of its own to look into');
  return chosen;
}

async function peek(
  pid: number,
  startTicks: string,
  area: RegionArea,
  look: LedgerLook,
  target: LedgerTarget,
): Promise<PeekedArea> {
  const kinds = classifyRegions(look.regions, {
    exe: target.exe,
    isGo: target.goVersion !== undefined,
    threads: look.process.threads,
    stackLimitBytes: target.stackLimitBytes,
  });
  const known = look.regions.map((region, at) => ({ region, kind: kinds[at]! }));
  const ranges = look.regions.filter(
    (region) =>
      region.startAddress >= area.startAddress &&
      region.endAddress <= area.endAddress &&
      region.permissions.startsWith('r') &&
      region.rssBytes > 0,
  );
  const memory: PeekedMemory = await peekMemory(pid, startTicks, ranges);
  const contents = readContents(memory.samples, known);
  const addresses = contents.pointers.intoImages.map((pointer) => pointer.address);
  return { area, memory, contents, symbols: await nameCodePointers(pid, addresses) };
}
