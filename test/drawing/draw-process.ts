// The operating system's side of the evidence, drawn: MiB of each class of the ledger at each look, files with what is
// resident and mapped of them, and traced places as `function file:line` with KiB at each tick.
import type { FileGrowth, LedgerBranch, LedgerClass, LedgerGrowth } from '../../src/model/ledger.ts';
import type { NativeGrowth, NativeSite, NativeSiteKind } from '../../src/model/native.ts';
import type { Frame } from '../../src/model/stacks.ts';
import { drawEstimate, drawStack } from './draw-estimate.ts';

const mib = 1024 * 1024;

export interface DrawnFile {
  readonly name: string;
  readonly residentMib: readonly number[];
  readonly mappedMib: readonly number[];
  readonly mappings: readonly number[];
}

export interface DrawnLedger {
  readonly mib: Partial<Record<LedgerClass, readonly number[]>>;
  readonly files?: readonly DrawnFile[];
  readonly branch?: LedgerBranch;
}

export function drawLedger(drawn: DrawnLedger): LedgerGrowth {
  const entries = Object.entries(drawn.mib) as [LedgerClass, readonly number[]][];
  const looks = entries[0]?.[1].length ?? 0;
  const bytes = entries.map(([name, values]) => [name, values.map((value) => value * mib)] as const);
  const files = (drawn.files ?? []).map(fileGrowth);
  const none = Array.from({ length: Math.max(1, looks) }, () => 0);
  return {
    ledger: {
      target: { pid: 42, exe: '/srv/svc', goVersion: 'go1.26.8', gcPercent: 100, stackLimitBytes: 8 * mib },
      looks,
      watchedMs: (looks - 1) * 2000,
      rssBytes: bytes.reduce((sum, [, values]) => sum + values.at(-1)!, 0),
      rssGrowthBytesPerSecond: undefined,
      items: bytes.map(([name, values]) => ({
        class: name,
        bytes: values.at(-1)!,
        resident: true,
        growthBytesPerSecond: undefined,
        note: undefined,
      })),
      unexplainedBytes: 0,
      threads: undefined,
      branch: drawn.branch ?? { kind: 'steady', why: 'Nothing grew.' },
      warnings: [],
    },
    atMs: Float64Array.from(none, (_, at) => at * 2000),
    classes: new Map(
      bytes.map(([name, values]) => [name, { estimate: drawEstimate(values), series: Float64Array.from(values) }]),
    ),
    files,
    allFiles: files[0] ?? fileGrowth({ name: '', residentMib: none, mappedMib: none, mappings: none }),
  };
}

function fileGrowth({ name, residentMib, mappedMib, mappings }: DrawnFile): FileGrowth {
  return {
    name,
    resident: drawEstimate(residentMib.map((value) => value * mib)),
    mapped: drawEstimate(mappedMib.map((value) => value * mib)),
    mappings: drawEstimate(mappings),
  };
}

export interface DrawnPlace {
  /** The Go stack into C, `svc.render /app/render.go:40 < svc.main /app/main.go:9`. */
  readonly stack: string;
  readonly kib: readonly number[];
  readonly kind?: NativeSiteKind;
  readonly via?: string;
  /** The C function, and its line. */
  readonly through?: string;
  readonly state?: NativeSite['state'];
}

export function drawNative(places: readonly DrawnPlace[], verdict: NativeGrowth['verdict'] = 'leak'): NativeGrowth {
  return {
    probe: 'malloc',
    sites: places.map(siteOf),
    ownBytes: 0,
    memory: undefined,
    classes: [],
    verdict,
    why: verdict === 'clear' ? 'what was allocated is released again' : 'one site keeps what it allocates',
    whatWouldSettleIt: undefined,
  };
}

function siteOf({ stack, kib, kind = 'cgo-malloc', via, through, state = 'leaking' }: DrawnPlace): NativeSite {
  const place = ({ functionName, file, line }: Frame, address: number) => ({
    function: functionName,
    file,
    line,
    object: '/srv/svc',
    address,
  });
  const goStack = drawStack(stack).map((frame, at) => place(frame, 4096 + at));
  const growth = drawEstimate(kib.map((value) => value * 1024));
  return {
    kind,
    names: {
      goCaller: goStack[0],
      goStack,
      cCaller: through === undefined ? undefined : place(drawStack(through)[0]!, 8192),
      via,
      own: 'program',
    },
    allocator:
      kind === 'native-mmap'
        ? 'mmap'
        : kind === 'file-mapping'
          ? 'mmap-file'
          : kind === 'native-touch'
            ? 'page-fault'
            : 'malloc',
    bytes: growth.last,
    count: Math.round(growth.last / 1024),
    allocatedBytes: growth.last,
    allocatedCount: Math.round(growth.last / 1024),
    oldestMs: 18_000,
    growth,
    keptShare: 1,
    state,
  };
}
