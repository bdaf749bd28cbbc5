// Memory outside of the Go heap, in sizes and places. What is in it is not told.
import type { CodePlaceRow, NativeAnswer, NativeSiteRow, RegionsAnswer } from '../../api/native.ts';
import type { Part } from '../../api/part.ts';
import { trackRegions } from '../../ledger/track-regions.ts';
import type { CodePlace, NativeSite } from '../../model/native.ts';
import { missing, partOf } from '../part-of.ts';
import type { AnalysedCase } from '../served.ts';

const mostSites = 100;
const mostAreas = 200;

export function composeNative(analysed: AnalysedCase): NativeAnswer {
  const { report, process } = analysed.analysis;
  const pid = report.target.pid ?? 'PID';
  return {
    ledger:
      report.ledger === undefined
        ? partOf(process.ledger, `leakline ledger ${pid}`, () => {
            throw new Error('a ledger that was captured is in the report');
          })
        : { kind: 'captured', value: report.ledger },
    trace: partOf(process.native, `sudo leakline native ${pid}`, (growth) => ({
      probe: growth.probe,
      verdict: growth.verdict,
      why: growth.why,
      ...(growth.whatWouldSettleIt === undefined ? {} : { whatWouldSettleIt: growth.whatWouldSettleIt }),
      sites: growth.sites.slice(0, mostSites).map(siteOf),
      more: Math.max(0, growth.sites.length - mostSites),
    })),
    regions: regionsOf(analysed),
    threads: partOf(process.threads, `leakline ${pid}`, (threads) => threads),
  };
}

function regionsOf({ input, analysis }: AnalysedCase): Part<RegionsAnswer> {
  const main = analysis.decoded.incarnations[0];
  const { target } = analysis.report;
  if (main === undefined || main.looks.length === 0)
    return missing('the mappings of the process were not read', `leakline regions ${target.pid ?? 'PID'}`);
  const tracked = trackRegions(main.looks, {
    pid: input.target.pid ?? 0,
    exe: input.target.exe,
    goVersion: target.goVersion,
    gcPercent: undefined,
    stackLimitBytes: main.setups.at(-1)?.setup.stackLimitBytes,
  });
  return {
    kind: 'captured',
    value: {
      looks: tracked.looks,
      watchedMs: tracked.watchedMs,
      areas: tracked.areas.slice(0, mostAreas).map(({ startAddress, endAddress: _end, growth: _growth, ...area }) => ({
        start: startAddress.toString(16),
        ...area,
      })),
      more: Math.max(0, tracked.areas.length - mostAreas),
    },
  };
}

function siteOf({ names, growth, kind, state, allocator, bytes, count, oldestMs }: NativeSite): NativeSiteRow {
  return {
    kind,
    state,
    allocator,
    ...(names.goCaller === undefined ? {} : { goCaller: placeOf(names.goCaller) }),
    ...(names.cCaller === undefined ? {} : { cCaller: placeOf(names.cCaller) }),
    goStack: names.goStack.map(placeOf),
    bytes,
    count,
    perSecond: growth.perSecond,
    low: growth.perSecondLow,
    high: growth.perSecondHigh,
    ...(oldestMs === undefined ? {} : { oldestMs }),
  };
}

function placeOf({ function: name, file, line, object, address }: CodePlace): CodePlaceRow {
  return {
    function: name ?? `0x${address.toString(16)}`,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(object === undefined ? {} : { object }),
  };
}
