// One group of goroutines in full: how many over time, who made them, where they stand, an example stack.
import type { GoroutineRow } from '../../api/goroutines.ts';
import { formatCount } from '../../base/format-count.ts';
import { rateWithInterval } from '../words.ts';
import { Place } from './place.tsx';
import { Spark } from './spark.tsx';

export function GoroutineFacts({ row }: { readonly row: GoroutineRow }) {
  return (
    <div class="goroutine">
      <dl class="facts">
        <dt>Number</dt>
        <dd>
          {formatCount(row.counts.at(-1) ?? 0)} <Spark values={row.counts} label={`count: ${row.shape}`} />{' '}
          <span class={row.shape === 'growing' ? 'grows' : 'faint'}>
            {row.shape} {row.shape === 'growing' ? rateWithInterval(row.perSecond, row.low, row.high, 'count') : ''}
          </span>
        </dd>
        <dt>Proven stuck</dt>
        <dd>{provenText(row)}</dd>
        <dt>State</dt>
        <dd>
          {row.state}
          {row.lockedToThread ? ', locked to its thread' : ''}
        </dd>
        <dt>Waits</dt>
        <dd>{row.oldestWaitMinutes === undefined ? 'not captured (needs a dump)' : ageText(row.oldestWaitMinutes)}</dd>
        <dt>Stands at</dt>
        <dd>
          <Place {...(row.userFrame ?? row.blocked)} />
        </dd>
        <dt>Created by</dt>
        <dd>{row.createdBy === undefined ? 'not captured (needs a dump)' : <Place {...row.createdBy} />}</dd>
        {row.labels.length === 0 ? undefined : (
          <>
            <dt>Labels</dt>
            <dd>
              {row.labels.map(({ key, value, count }) => (
                <span key={`${key}=${value}`} class="badge">
                  {key}={value} <span class="faint">{formatCount(count)}</span>
                </span>
              ))}
            </dd>
          </>
        )}
      </dl>
      <details>
        <summary>An example stack ({row.stack.length} frames)</summary>
        <ol class="stack">
          {row.stack.map((frame, at) => (
            <li key={at}>
              <Place {...frame} />
            </li>
          ))}
        </ol>
      </details>
    </div>
  );
}

export function ageText(minutes: number): string {
  if (minutes < 1) return '< 1 min';
  if (minutes < 120) return `up to ${minutes} min`;
  return minutes < 2880 ? `up to ${Math.floor(minutes / 60)} h` : `up to ${Math.floor(minutes / 1440)} d`;
}

function provenText({ provenLeaked, provenBy }: GoroutineRow): string {
  if (provenLeaked === undefined) return 'not captured: nobody looked whether something can still wake them';
  if (provenLeaked === 0) return 'none: something may still wake them';
  return `${formatCount(provenLeaked)}, by ${provenBy === 'heap-walk' ? 'the heap walk' : "Go's own leak detector"}: nothing can wake them`;
}
