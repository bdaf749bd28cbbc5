// Memory outside the Go heap as stories: by place where a trace saw every allocation, else by class of the ledger. The
// rules of native memory share it; each takes the part that is its own.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import type { GrowthEstimate } from '../model/growth.ts';
import type { LedgerClass, LedgerGrowth } from '../model/ledger.ts';
import type { CodePlace, NativeGrowth, NativeSite } from '../model/native.ts';
import { shortFunctionName } from '../model/ownership.ts';
import type { Frame } from '../model/stacks.ts';
import type { Evidence, Site } from './finding.ts';
import type { RuleInput } from './rule.ts';
import { distinctSites } from './sites.ts';

/** All C allocations below one Go line. */
export interface NativePlace {
  readonly key: string;
  /** undefined for a thread that C started. */
  readonly goCaller: CodePlace | undefined;
  /** The one that grows most first. */
  readonly sites: readonly NativeSite[];
  /** Of all its sites together. */
  readonly growth: GrowthEstimate;
}

/** Where a place in code that is not known is named all the same. */
export const unknownSite: Site = { role: 'allocates', function: '', file: '', line: 0 };

/** Of what a class grew, the share that traced places explain; above it the class is no story of its own. */
const explains = 0.5;
/** Go's own tables grow beside its heap. */
const goTablesShare = 0.05;
/** Allocators take memory in blocks: less than this is no growth. */
const materialBytes = 512 * 1024;
const nativeClasses: readonly LedgerClass[] = ['malloc', 'other-native'];

/** Places that keep what they allocate, the one that grows most first. */
export function leakingPlaces(
  native: NativeGrowth | undefined,
  wanted: (site: NativeSite) => boolean,
): readonly NativePlace[] {
  const places = new Map<string, NativeSite[]>();
  for (const site of native?.sites ?? []) {
    if (site.state !== 'leaking' || !wanted(site)) continue;
    const key = placeKey(site);
    const list = places.get(key);
    if (list === undefined) places.set(key, [site]);
    else list.push(site);
  }
  return [...places]
    .map(([key, sites]) => ({ key, goCaller: sites[0]!.names.goCaller, sites, growth: sumOf(sites) }))
    .sort((a, b) => b.growth.delta - a.growth.delta);
}

function placeKey({ names, kind }: NativeSite): string {
  // Where C code touches a page first is chance, mostly in memset; without a Go call above it that is no place.
  if (kind === 'native-touch' && names.goCaller === undefined) return 'native:c';
  const place = names.goCaller ?? names.cCaller;
  return `native:${place?.function ?? place?.address ?? '?'}:${place?.line ?? 0}`;
}

/** The shape of the largest; what is counted adds up. */
function sumOf(sites: readonly NativeSite[]): GrowthEstimate {
  const first = sites[0]!.growth;
  const sum = (pick: (growth: GrowthEstimate) => number): number =>
    sites.reduce((total, site) => total + pick(site.growth), 0);
  return {
    ...first,
    first: sum((growth) => growth.first),
    last: sum((growth) => growth.last),
    max: sum((growth) => growth.max),
    delta: sum((growth) => growth.delta),
    deltaLow: sum((growth) => growth.deltaLow),
    deltaHigh: sum((growth) => growth.deltaHigh),
    perSecond: sum((growth) => growth.perSecond),
    perSecondLow: sum((growth) => growth.perSecondLow),
    perSecondHigh: sum((growth) => growth.perSecondHigh),
    latePerSecond: sum((growth) => growth.latePerSecond),
    latePerSecondLow: sum((growth) => growth.latePerSecondLow),
  };
}

export interface GrowingClass {
  readonly name: LedgerClass;
  readonly estimate: GrowthEstimate;
  readonly series: Float64Array;
  readonly atMs: Float64Array;
}

/** A class that grows by more than what a growing Go heap drags along; undefined when it does not. */
export function growingClass(ledger: LedgerGrowth, name: LedgerClass): GrowingClass | undefined {
  const found = ledger.classes.get(name);
  if (found === undefined || found.estimate.shape !== 'growing' || found.estimate.delta < materialBytes)
    return undefined;
  const heap =
    Math.max(0, ledger.classes.get('go-heap-live')?.estimate.delta ?? 0) +
    Math.max(0, ledger.classes.get('go-heap')?.estimate.delta ?? 0);
  if (name === 'other-native' && found.estimate.deltaLow < goTablesShare * heap) return undefined;
  return { name, ...found, atMs: ledger.atMs };
}

/** The class is growing, and no traced place says why. */
export function unexplainedClass({ ledger, native }: RuleInput, name: LedgerClass): GrowingClass | undefined {
  if (ledger.kind === 'not-captured') return undefined;
  const growing = growingClass(ledger.value, name);
  if (growing === undefined) return undefined;
  const traced = native.kind === 'captured' ? native.value.sites : [];
  const tracedRate = traced.reduce(
    (sum, site) => sum + (site.state === 'leaking' && site.kind !== 'file-mapping' ? site.growth.perSecond : 0),
    0,
  );
  const rate = nativeClasses.reduce((sum, one) => sum + (growingClass(ledger.value, one)?.estimate.perSecond ?? 0), 0);
  return tracedRate >= explains * rate ? undefined : growing;
}

/** What the trace saw at one place: blocks, ages, and the way from Go into C. */
export function placeEvidence({ sites, goCaller }: NativePlace): readonly Evidence[] {
  return sites.slice(0, 3).flatMap((site): Evidence[] => {
    return [
      {
        kind: 'process',
        supports: true,
        what: traceText(site),
      },
      ...(site.names.goStack.length === 0 || goCaller === undefined
        ? []
        : [
            {
              kind: 'stack' as const,
              supports: true,
              what: 'the way into C',
              frames: site.names.goStack.map((place) => ({
                function: place.function ?? '?',
                file: place.file ?? '',
                line: place.line ?? 0,
              })),
            },
          ]),
    ];
  });
}

/** A C function as Go code calls it: what cgo wraps, and the compiler then inlines into the wrapper, by its own name. */
export function cName(place: CodePlace | undefined): string | undefined {
  const wrapped = /^_cgo_[0-9a-f]+_Cfunc_(\w+)$/.exec(place?.function ?? '')?.[1];
  return wrapped === undefined ? place?.function : wrapped.startsWith('_C') ? undefined : `C.${wrapped}`;
}

function traceText({ allocator, bytes, count, growth, keptShare, names }: NativeSite): string {
  const rate = formatByteRate(growth.perSecond);
  const by = cName(names.cCaller) === undefined ? '' : `, called by ${cName(names.cCaller)}`;
  if (allocator === 'page-fault')
    return `traced: C code touches ${formatBytes(bytes)} of new memory here (${rate})${by}`;
  const kept = keptShare === undefined ? '' : `; of the early ones ${Math.round(keptShare * 100)} % are kept`;
  return `traced: ${formatBytes(bytes)} in ${formatCount(count)} ${allocator.startsWith('mmap') ? 'mappings' : 'blocks'} from ${allocator}${by}, not released (${rate}${kept})`;
}

/** The Go line first: there it can be fixed. Then the C lines. */
export function placeSites({ goCaller, sites }: NativePlace, role: Site['role']): readonly Site[] {
  const callers = sites[0]!.names.goStack;
  const at = callers.findIndex((place) => place.function === goCaller?.function && place.line === goCaller?.line);
  return distinctSites([
    siteAt(role, goCaller),
    ...sites.slice(0, 3).map((site) => siteAt('allocates', site.names.cCaller)),
    ...callers
      .slice(at + 1)
      .filter((place) => !/^(runtime|syscall|internal)[./]/.test(place.function ?? ''))
      .slice(0, 1)
      .map((place) => siteAt(role, place)),
  ]);
}

function siteAt(role: Site['role'], place: CodePlace | undefined): Site | undefined {
  return place === undefined || place.file === undefined || place.file === ''
    ? undefined
    : { role, function: place.function ?? '?', file: place.file, line: place.line ?? 0 };
}

/** `main.render:40`, or the C function, or the object. */
export function placeText(place: CodePlace | undefined): string {
  const site = siteAt('allocates', place);
  if (site !== undefined) return siteText(site);
  return place?.function ?? (place?.object === undefined ? 'an unknown place' : `${place.object}`);
}

export const siteText = (site: Site): string => `${shortFunctionName(site.function)}:${site.line}`;

/** Frames of the Go stack, for telling whether a heap site is of the same story. */
export function goFrames({ sites }: NativePlace): readonly Frame[] {
  return sites[0]!.names.goStack.map((place) => ({
    functionName: place.function ?? '',
    file: place.file ?? '',
    line: place.line ?? 0,
  }));
}

/** Calls in the source that may be the place, when no trace says which. */
export function callsInSource({ source }: RuleInput, wanted: RegExp, released: RegExp): readonly Evidence[] {
  const functions = source.functions();
  return functions
    .flatMap((facts) =>
      facts.calls.some((call) => released.test(call.callee))
        ? []
        : facts.calls.filter((call) => wanted.test(call.callee)),
    )
    .slice(0, 4)
    .map(({ callee, site }) => ({
      kind: 'source',
      supports: true,
      what: `${callee} without its release in the same function`,
      function: site.functionName,
      file: site.file,
      line: site.line,
      text: site.text,
    }));
}

export function sitesInSource(evidence: readonly Evidence[], role: Site['role']): readonly Site[] {
  return evidence.flatMap((item) =>
    item.kind === 'source' ? [{ role, function: item.function, file: item.file, line: item.line }] : [],
  );
}

/** Why there is no place, and the command that would give one. */
export function missingTrace(input: RuleInput, name: LedgerClass): Evidence {
  const { native } = input;
  if (native.kind === 'not-captured')
    return {
      kind: 'missing',
      supports: true,
      what: `which line allocates is not known: ${native.why}`,
      wouldSettle: traceCommand(input, '60s'),
    };
  return {
    kind: 'missing',
    supports: true,
    what: `the trace of C allocations does not explain it: ${native.value.why}`,
    wouldSettle:
      name === 'other-native'
        ? `sudo bpftrace -e 'tracepoint:syscalls:sys_enter_mmap /pid == ${pidOf(input)}/ { @[ustack(perf)] = sum(args->len); }'`
        : (native.value.whatWouldSettleIt ?? traceCommand(input, '2m')),
  };
}

export const traceCommand = (input: RuleInput, forText: string): string =>
  `sudo leakline native ${pidOf(input)} --for ${forText}`;

export const pidOf = ({ ledger }: RuleInput): number | string =>
  ledger.kind === 'captured' ? ledger.value.ledger.target.pid : 'PID';
