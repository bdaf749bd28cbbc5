// Numbers and names of the report as people read them: the same words as in the terminal. Pure.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount, formatCountRate } from '../base/format-count.ts';
import { typeText } from '../report/place.ts';
import type { Report } from '../report/report.ts';

export type Finding = Report['findings'][number];
export type Evidence = Finding['evidence'][number];

export const amount = (value: number, unit: string): string =>
  unit === 'bytes' ? formatBytes(value) : formatCount(value);

export const rate = (perSecond: number, unit: string): string =>
  unit === 'bytes' ? formatByteRate(perSecond) : formatCountRate(perSecond);

export const signed = (text: string): string => (text.startsWith('-') ? text : `+${text}`);

/** `2.0 MiB/s (1.7 MiB/s to 2.1 MiB/s)`. */
export function rateWithInterval(perSecond: number, low: number, high: number, unit: string): string {
  return `${rate(perSecond, unit)} (${rate(low, unit)} to ${rate(high, unit)})`;
}

export function growthText({ growth, kind }: Finding): string {
  const bytes = rateWithInterval(growth.bytesPerSecond, Math.max(0, growth.low), growth.high, 'bytes');
  if (growth.objectsPerSecond === undefined) return bytes;
  const what = kind === 'goroutine' ? 'goroutines' : kind === 'threads' ? 'threads' : 'objects';
  return `${formatCountRate(growth.objectsPerSecond).replace('/', ` ${what}/`)}, ${bytes}`;
}

/** `for`, `against` or `open`: what is missing speaks for nothing. */
export function sideOf(evidence: Evidence): 'for' | 'against' | 'open' {
  if (evidence.kind === 'missing') return 'open';
  return evidence.supports ? 'for' : 'against';
}

/** The numbers of a piece of evidence; '' when its words say all. */
export function evidenceNumbers(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'growth': {
      const first = amount(evidence.values[0] ?? 0, evidence.unit);
      const last = amount(evidence.values.at(-1) ?? 0, evidence.unit);
      const p = evidence.pValue < 0.001 ? '< 0.001' : evidence.pValue.toFixed(3);
      const interval = rateWithInterval(evidence.perSecond, evidence.low, evidence.high, evidence.unit);
      return `${first} → ${last}, ${interval}, ${evidence.captures} captures, p ${p}`;
    }
    case 'heap-walk':
      return `${formatBytes(evidence.retainedBytes)} retained, ${Math.round(evidence.share * 100)} % of ${formatCount(evidence.sampledObjects)} objects looked at`;
    case 'container': {
      const { entries, retainedBytes } = evidence;
      return `${formatCount(entries.before)} → ${formatCount(entries.after)} entries, ${formatBytes(retainedBytes.before)} → ${formatBytes(retainedBytes.after)}, counted ${Math.round(evidence.seconds)} s apart`;
    }
    case 'runtime-proof':
      return formatCount(evidence.count);
    default:
      return '';
  }
}

export interface HolderStep {
  readonly text: string;
  /** Where in the way it stands. */
  readonly kind: 'root' | 'step' | 'object';
}

/** From the root of the collector to what grows, as LeakCanary and memlab print a way: one step a line. */
export function holderSteps({ root, path }: NonNullable<Finding['holder']>): readonly HolderStep[] {
  return [root, ...path].map((text, at, all) => ({
    text: typeText(text),
    kind: at === 0 ? 'root' : at === all.length - 1 ? 'object' : 'step',
  }));
}

const totalNames: Readonly<Record<string, string>> = {
  'live-heap': 'Live heap',
  goroutines: 'Goroutines',
  rss: 'Resident (RSS)',
  threads: 'Threads',
  'open-files': 'Open files',
  'heap-alloc': 'Heap in use',
  'heap-inuse': 'Heap spans in use',
  'heap-idle': 'Heap idle',
  'heap-released': 'Heap given back',
  'heap-sys': 'Heap from the system',
  'heap-live': 'Live heap (runtime)',
  'stack-inuse': 'Goroutine stacks',
  'runtime-sys': 'Runtime in all',
  'max-rss': 'Highest RSS',
  'rss-anon': 'RSS, anonymous',
  'rss-file': 'RSS, files',
  'rss-shmem': 'RSS, shared',
};

export const quantityName = (name: string): string => totalNames[name] ?? name;
