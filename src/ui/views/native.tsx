// Memory outside of the Go heap: the ledger, places that keep C memory and mappings, regions that grow, threads.

import type { NativeAnswer, NativeSiteRow, NativeTraceAnswer, RegionsAnswer, ThreadsAnswer } from '../../api/native.ts';
import { apiPaths } from '../../api/paths.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import { formatDuration } from '../../base/format-duration.ts';
import { ledgerNames } from '../../report/ledger-rows.ts';
import type { Report } from '../../report/report.ts';
import { Place } from '../parts/place.tsx';
import { Captured, Whole } from '../parts/states.tsx';
import { useAnswer } from '../use-answer.ts';
import { rate, rateWithInterval, signed } from '../words.ts';

export function NativeView() {
  const answer = useAnswer<NativeAnswer>(apiPaths.native);
  return (
    <Whole answer={answer} what="memory outside of the heap">
      {(native) => (
        <>
          <section class="panel" aria-label="Ledger">
            <h2>Where resident memory goes</h2>
            <Captured part={native.ledger} what="The ledger">
              {(ledger) => <Ledger ledger={ledger} />}
            </Captured>
          </section>
          <section class="panel" aria-label="Native trace">
            <h2>Who keeps C memory and mappings</h2>
            <Captured part={native.trace} what="A trace of allocations outside of the heap">
              {(trace) => <Trace trace={trace} />}
            </Captured>
          </section>
          <section class="panel" aria-label="Regions">
            <h2>Regions of memory</h2>
            <Captured part={native.regions} what="The mappings">
              {(regions) => <Regions regions={regions} />}
            </Captured>
          </section>
          <section class="panel" aria-label="Threads">
            <h2>Threads</h2>
            <Captured part={native.threads} what="Threads">
              {(threads) => <Threads threads={threads} />}
            </Captured>
          </section>
        </>
      )}
    </Whole>
  );
}

function Ledger({ ledger }: { readonly ledger: NonNullable<Report['ledger']> }) {
  const rss = Math.max(1, ledger.rssBytes);
  return (
    <>
      <p>
        <strong>{formatBytes(ledger.rssBytes)}</strong> resident. {ledger.branch.why}
      </p>
      <table class="grid">
        <thead>
          <tr>
            <th>what</th>
            <th class="number">size</th>
            <th class="wide">share of RSS</th>
            <th class="number">growth</th>
          </tr>
        </thead>
        <tbody>
          {ledger.items.map((item) => (
            <tr key={item.class} class={item.resident ? undefined : 'faint'}>
              <td>
                {ledgerNames[item.class] ?? item.class}{' '}
                {ledgerNames[item.class] === 'Go heap, rest' ? <span class="faint">({item.class})</span> : undefined}
                {item.resident ? undefined : ' (not in RSS)'}
              </td>
              <td class="number">{formatBytes(item.bytes)}</td>
              <td class="wide">
                {item.resident ? <progress max={1} value={item.bytes / rss} aria-label="share of RSS" /> : undefined}
              </td>
              <td class={`number ${item.shape === 'growing' ? 'grows' : 'faint'}`}>
                {item.growthBytesPerSecond === undefined
                  ? 'not measured'
                  : item.shape === 'growing'
                    ? signed(rate(item.growthBytesPerSecond, 'bytes'))
                    : (item.shape ?? rate(item.growthBytesPerSecond, 'bytes'))}
              </td>
            </tr>
          ))}
          <tr class="faint">
            <td>not explained</td>
            <td class="number">{formatBytes(ledger.unexplainedBytes)}</td>
            <td class="wide" />
            <td />
          </tr>
        </tbody>
      </table>
    </>
  );
}

const probeWords: Readonly<Record<string, string>> = {
  malloc: 'every allocation and mapping was followed',
  memleak: 'memleak told what was outstanding',
  'page-faults': 'first touches were followed: who makes it grow, not what is released',
  mappings: 'mappings were followed',
  smaps: 'only sizes were read: whether it grows, not where',
};

function Trace({ trace }: { readonly trace: NativeTraceAnswer }) {
  return (
    <>
      <p>
        <span class={`verdict verdict-${trace.verdict}`}>{trace.verdict}</span> {trace.why}{' '}
        <span class="faint">({probeWords[trace.probe] ?? trace.probe})</span>
      </p>
      {trace.whatWouldSettleIt === undefined ? undefined : <p>Would settle it: {trace.whatWouldSettleIt}</p>}
      {trace.sites.length === 0 ? (
        <p class="faint">No place of the program kept memory while it was traced.</p>
      ) : (
        <div class="scroll">
          <table class="grid">
            <thead>
              <tr>
                <th>Go caller</th>
                <th>through</th>
                <th class="number">held</th>
                <th class="number">growth</th>
                <th>state</th>
              </tr>
            </thead>
            <tbody>
              {trace.sites.map((site, at) => (
                <Site key={at} site={site} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {trace.more > 0 ? <p class="faint">and {trace.more} more</p> : undefined}
    </>
  );
}

function Site({ site }: { readonly site: NativeSiteRow }) {
  return (
    <tr>
      <td>
        {site.goCaller === undefined ? <span class="faint">a thread of C</span> : <Place {...site.goCaller} />}
        {site.goStack.length < 2 ? undefined : (
          <details>
            <summary>Go stack</summary>
            <ol class="stack">
              {site.goStack.map((frame, at) => (
                <li key={at}>
                  <Place {...frame} />
                </li>
              ))}
            </ol>
          </details>
        )}
      </td>
      <td>
        <code>{site.allocator}</code>{' '}
        {site.cCaller === undefined ? undefined : <code class="faint">{site.cCaller.function}</code>}
      </td>
      <td class="number">
        {formatBytes(site.bytes)} <span class="faint">in {formatCount(site.count)}</span>
      </td>
      <td class={`number ${site.state === 'leaking' ? 'grows' : 'faint'}`}>
        {rateWithInterval(site.perSecond, site.low, site.high, 'bytes')}
      </td>
      <td>{site.state}</td>
    </tr>
  );
}

function Regions({ regions }: { readonly regions: RegionsAnswer }) {
  return (
    <>
      <p class="faint">
        By {regions.looks} looks over {formatDuration(regions.watchedMs)}; what grew most comes first. What is in a
        region is not shown here: <code>leakline regions PID --peek</code> looks into one.
      </p>
      <div class="scroll tall">
        <table class="grid">
          <thead>
            <tr>
              <th>region</th>
              <th>kind</th>
              <th class="number">resident</th>
              <th class="number">mapped</th>
              <th class="number">grew</th>
            </tr>
          </thead>
          <tbody>
            {regions.areas.map((area) => (
              <tr key={`${area.start} ${area.kind}`}>
                <td>
                  <code>{area.name === '' ? `0x${area.start}` : area.name}</code>{' '}
                  {area.isNew ? <span class="badge">new</span> : undefined}
                </td>
                <td>
                  {area.kind} <code class="faint">{area.permissions}</code>
                </td>
                <td class="number">{formatBytes(area.rssBytes)}</td>
                <td class="number">
                  {formatBytes(area.mappedBytes)}
                  {area.mappings > 1 ? <span class="faint"> in {area.mappings}</span> : undefined}
                </td>
                <td class={`number ${area.grownBytes > 0 ? 'grows' : 'faint'}`}>
                  {area.grownBytes === 0 ? '–' : signed(formatBytes(area.grownBytes))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {regions.more > 0 ? <p class="faint">and {formatCount(regions.more)} smaller ones</p> : undefined}
    </>
  );
}

function Threads({ threads }: { readonly threads: ThreadsAnswer }) {
  return (
    <>
      <p>
        {threads.first} → <strong>{threads.last}</strong> threads.
      </p>
      <ul class="plain">
        {threads.waits.map(({ waitsIn, first, last }) => (
          <li key={waitsIn}>
            <code>{waitsIn}</code> {first} → {last}
          </li>
        ))}
      </ul>
    </>
  );
}
