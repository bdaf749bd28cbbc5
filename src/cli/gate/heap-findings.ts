// Heap that ends each round of a package's tests higher than the one before → the lines that allocate what stays, and the
// tests on the stacks of those allocations.
import { formatBytes } from '../../base/format-bytes.ts';
import type { TestRun } from '../../capture/gate/run-gated.ts';
import { decodeProfile } from '../../decode/pprof/decode-profile.ts';
import { catalogue } from '../../diagnosis/catalogue.ts';
import type { Site } from '../../diagnosis/finding.ts';
import { measureHeapGrowth } from '../../growth/heap-growth.ts';
import { judgeRounds } from '../../growth/round-trend.ts';
import type { HeapGrowth, HeapSite } from '../../model/growth.ts';
import { type OwnershipOf, shortFunctionName } from '../../model/ownership.ts';
import { framesOf, type StackIndex } from '../../model/stacks.ts';
import type { GateFinding, GateTrend } from '../../report/gate-report.ts';

const rule = 'unknown-retention';
const about = catalogue.find((one) => one.id === rule)!.about;
const mostSites = 5;
/** A line that keeps less of the growth than this is not named beside others. */
const leastShare = 0.1;

/** `leaking` are findings about goroutines of the same package: what they hold grows with them, and is no leak of its own. */
export function heapFinding(
  { facts, heaps }: TestRun,
  trend: GateTrend,
  ownership: OwnershipOf,
  leaking: readonly GateFinding[],
): GateFinding {
  // Rounds are repeats, not time: any regular distance will do.
  const captures = [...heaps]
    .sort(([a], [b]) => a - b)
    .map(([round, bytes]) => ({
      atMs: round * 1000,
      profile: decodeProfile(bytes, { labels: false }),
      collected: true,
    }));
  const growth = captures.length < 2 ? undefined : measureHeapGrowth(captures, ownership);
  const growing = (growth?.sites ?? []).filter((site) => judgeRounds([...site.bytesSeries], 0).shape === 'grows');
  const sites = growing.sort((a, b) => b.bytes.delta - a.bytes.delta);
  const top = sites[0]?.bytes.delta ?? 0;
  const named = sites.filter((site) => site.bytes.delta >= leastShare * top).slice(0, mostSites);
  const tests = growth === undefined ? [] : [...new Set(named.flatMap((site) => testsOf(site, growth)))];
  const dragged = leaking.length > 0 && (named.length === 0 || named.some((one) => isDragged(one, growth!, leaking)));
  const places: Site[] = named.map(({ blamed }) => ({
    role: 'allocates',
    function: blamed.functionName,
    file: blamed.file,
    line: blamed.line,
  }));
  const site = places[0] ?? { role: 'allocates', function: '', file: '', line: 0 };
  const rate = `${formatBytes(trend.perRound)} a run`;
  const by = tests.length === 1 ? `${tests[0]} makes the heap grow` : 'the heap grows';
  return {
    id: [rule, facts.importPath, `${shortFunctionName(site.function)}:${site.line}`].join(' '),
    rule,
    kind: 'go-heap',
    verdict: dragged ? 'inconclusive' : 'leak',
    certainty: dragged ? 'possible' : places.length === 0 ? 'likely' : 'strong',
    title: `${by} by ${rate}`,
    package: facts.importPath,
    tests,
    site,
    sites: places,
    heap: trend,
    why: dragged
      ? 'The live heap ends each run higher; the goroutines that are left behind may hold all of that.'
      : `The live heap after collections ends each of ${trend.values.length - 1} judged runs higher than the one before${places.length === 0 ? '; no line stands out' : ''}.`,
    fix: about.fix,
    ...(dragged ? { whatWouldSettleIt: 'the same gate once the goroutines end' } : {}),
  };
}

/** It was allocated by a function that also starts such goroutines or is on their stacks, or for a test that leaves some. */
function isDragged(site: HeapSite, growth: HeapGrowth, leaking: readonly GateFinding[]): boolean {
  const roots = new Set(leaking.flatMap((one) => one.tests.map((test) => test.split('/')[0]!)));
  const tests = testsOf(site, growth);
  if (tests.length === 0 || tests.some((test) => roots.has(test)) || leaking.some((one) => one.tests.length === 0))
    return true;
  const functions = new Set(
    leaking.flatMap((one) => [...one.sites, ...(one.goroutines?.stack ?? [])].map((place) => place.function)),
  );
  return site.stackRows.some((row) =>
    framesOf(growth.stacks, row as StackIndex).some(
      ({ functionName }) => functions.has(functionName) && !/^(testing|runtime)\./.test(functionName),
    ),
  );
}

/** Tests whose code is on the stacks of what stays; goroutines that tests start have them no longer. */
function testsOf(site: HeapSite, { stacks }: HeapGrowth): readonly string[] {
  const names = new Set<string>();
  for (const row of site.stackRows) {
    const frames = framesOf(stacks, row as StackIndex);
    if (!frames.some(({ functionName }) => /^testing\.(tRunner|fRunner|runExample)$/.test(functionName))) continue;
    for (const { functionName } of frames) {
      const name = /\.((?:Test|Fuzz|Benchmark|Example)(?:[A-Z_0-9]\w*)?)(?:\.|$)/.exec(functionName)?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  return [...names];
}
