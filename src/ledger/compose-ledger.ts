// Looks at one process over time → its ledger: the classes as of the last look, how fast each grows, and where that leads.
import { formatBytes } from '../base/format-bytes.ts';
import { theilSen } from '../base/theil-sen.ts';
import type { Ledger, LedgerClass, LedgerItem, LedgerLook, LedgerTarget, ResidentClass } from '../model/ledger.ts';
import { type ClassChange, decideBranch } from './decide-branch.ts';
import { chooseLiveSource } from './live-heap.ts';
import { residentClasses, type Stock, takeStock } from './take-stock.ts';

/** Growth below these is noise: a request of ours alone allocates that much. */
const noiseBytes = 512 * 1024;
const noiseShare = 0.005;
/** Of the anonymous memory of its cgroup: then the page cache is probably of its doing, too. */
const ownShare = 0.8;
const movedShare = 0.03;
const movedBytes = 4 * 1024 * 1024;

/** `looks` in the order of time, at least one; `notes` are warnings of the capture. */
export function composeLedger(target: LedgerTarget, allLooks: readonly LedgerLook[], notes: readonly string[]): Ledger {
  const warnings = [...notes];
  const looks = comparable(allLooks, warnings);
  const liveSource = chooseLiveSource(looks, target.gcPercent);
  const stocks = looks.map((look) => takeStock(look, target, liveSource));
  const last = stocks.at(-1)!;
  const look = looks.at(-1)!;
  const watchedMs = last.atMs - stocks[0]!.atMs;
  const isResident = new Set<LedgerClass>(residentClasses);

  const classes = new Map<LedgerClass, ClassChange>();
  const items: LedgerItem[] = [];
  for (const name of new Set(stocks.flatMap((stock) => [...stock.bytes.keys()]))) {
    const values = stocks.map((stock) => stock.bytes.get(name) ?? 0);
    const growth = growthOf(stocks, values);
    const bytes = values.at(-1)!;
    classes.set(name, { bytes, grownBytes: outOfNoise(growth, watchedMs, last.rssBytes) });
    items.push({
      class: name,
      bytes,
      resident: isResident.has(name),
      growthBytesPerSecond: growth?.slope,
      note: last.notes.get(name),
    });
  }
  const rssGrowth = growthOf(
    stocks,
    stocks.map((stock) => stock.rssBytes),
  );
  warnings.push(...warningsOf(last, look, target));
  return {
    target,
    looks: looks.length,
    watchedMs,
    rssBytes: last.rssBytes,
    rssGrowthBytesPerSecond: rssGrowth?.slope,
    items: items.sort(bySize),
    unexplainedBytes: last.unexplainedBytes,
    threads: look.process.threads,
    branch: decideBranch({
      classes,
      rssBytes: last.rssBytes,
      rssGrownBytes: outOfNoise(rssGrowth, watchedMs, last.rssBytes),
      watchedMs,
      threads: look.process.threads,
      threadsStarted: (look.process.threads ?? 0) - (looks[0]!.process.threads ?? 0),
      collections: collectionsBetween(looks[0]!, look),
      isGo: last.isGo,
      ownsCgroup: ownsCgroup(look),
    }),
    warnings,
  };
}

/** Looks with the runtime's numbers, when some have them: a class that comes and goes would look like growth. */
export function comparable(looks: readonly LedgerLook[], warnings: string[]): readonly LedgerLook[] {
  const asked = looks.filter((look) => look.memory !== undefined);
  if (asked.length === 0 || asked.length === looks.length) return looks;
  warnings.push(
    `${looks.length - asked.length} of ${looks.length} looks are left out: the runtime did not answer then`,
  );
  return asked;
}

interface Growth {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

function growthOf(stocks: readonly Stock[], values: readonly number[]): Growth | undefined {
  if (stocks.length < 2) return undefined;
  return theilSen(
    stocks.map((stock) => stock.atMs / 1000),
    values,
  );
}

/** Bytes over the whole time, 0 unless the interval of the slope excludes standing still. */
function outOfNoise(growth: Growth | undefined, watchedMs: number, rssBytes: number): number {
  if (growth === undefined || !(growth.low > 0 || growth.high < 0)) return 0;
  const bytes = growth.slope * (watchedMs / 1000);
  return Math.abs(bytes) < Math.max(noiseBytes, noiseShare * rssBytes) ? 0 : bytes;
}

function collectionsBetween(first: LedgerLook, last: LedgerLook): number | undefined {
  const [from, to] = [first.memory?.gcCycles, last.memory?.gcCycles];
  return from === undefined || to === undefined ? undefined : to - from;
}

function ownsCgroup({ cgroup, process }: LedgerLook): boolean {
  if (cgroup?.anonBytes === undefined || process.rssAnonBytes === undefined) return false;
  return process.rssAnonBytes >= ownShare * cgroup.anonBytes;
}

function bySize(a: LedgerItem, b: LedgerItem): number {
  if (a.resident !== b.resident) return a.resident ? -1 : 1;
  return b.bytes - a.bytes || rank(a.class) - rank(b.class);
}

function rank(name: LedgerClass): number {
  const at = residentClasses.indexOf(name as ResidentClass);
  return at < 0 ? residentClasses.length : at;
}

function warningsOf(stock: Stock, look: LedgerLook, target: LedgerTarget): string[] {
  const warnings: string[] = [];
  if (!stock.isGo)
    warnings.push('this is not a Go program: native memory is shown by mapping only, and nothing is known of its heap');
  else if (target.goVersion === undefined)
    warnings.push('the binary has no Go build info, its mappings are those of a Go runtime: it is taken as Go');
  const moved = stock.rssBytes - stock.regionBytes;
  if (Math.abs(moved) > Math.max(movedBytes, movedShare * stock.rssBytes))
    warnings.push(
      `memory changed by ${formatBytes(moved)} while the mappings were read: the difference stands as unexplained`,
    );
  const counted = look.process.rssBytes;
  if (counted !== undefined && Math.abs(counted - stock.rssBytes) > Math.max(movedBytes, 0.05 * stock.rssBytes))
    warnings.push(
      `/proc/${target.pid}/status says ${formatBytes(counted)} resident, the mappings sum to ${formatBytes(stock.rssBytes)}: the kernel's quick counter lags behind`,
    );
  if (stock.hugetlbBytes > 0)
    warnings.push(`${formatBytes(stock.hugetlbBytes)} of hugetlb pages are mapped; no RSS figure contains them`);
  return warnings;
}
