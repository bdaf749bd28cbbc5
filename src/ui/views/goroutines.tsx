// All groups of goroutines, proven-leaked ones first; the server pages and searches.
import {
  type GoroutinePage,
  type GoroutineRow,
  type GoroutineSort,
  type GoroutinesAnswer,
  goroutineSorts,
} from '../../api/goroutines.ts';
import { apiPaths } from '../../api/paths.ts';
import { formatCount, formatCountRate } from '../../base/format-count.ts';
import { ageText, GoroutineFacts } from '../parts/goroutine-facts.tsx';
import { Pager } from '../parts/pager.tsx';
import { Place } from '../parts/place.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { Spark } from '../parts/spark.tsx';
import { Captured, Whole } from '../parts/states.tsx';
import { formatRoute, withQuery } from '../route.ts';
import { useAnswer } from '../use-answer.ts';
import { useApp } from '../use-app.ts';

const pageRows = 50;

const sortNames: Readonly<Record<GoroutineSort, string>> = {
  proven: 'proven stuck',
  growth: 'growth',
  count: 'number',
  age: 'longest wait',
};

export function GoroutinesView() {
  const { route, go } = useApp();
  const { q, sort, from } = route.query;
  const answer = useAnswer<GoroutinesAnswer>(apiPaths.goroutines, { search: q, sort, from, count: pageRows });
  return (
    <section aria-label="Goroutines">
      <div class="toolbar">
        <SearchField placeholder="function, file, state…" />
        <label>
          Order{' '}
          <select
            value={sort ?? 'proven'}
            onChange={(event) => go(withQuery(route, { sort: event.currentTarget.value, from: undefined }), 'replace')}
          >
            {goroutineSorts.map((one) => (
              <option key={one} value={one}>
                {sortNames[one]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Whole answer={answer} what="the goroutines">
        {({ groups }) => (
          <Captured part={groups} what="Goroutines">
            {(page) => <Groups page={page} />}
          </Captured>
        )}
      </Whole>
    </section>
  );
}

function Groups({ page }: { readonly page: GoroutinePage }) {
  return (
    <>
      <p>
        {formatCount(page.total.at(-1) ?? 0)} goroutines in {formatCount(page.all)} groups,{' '}
        {page.proven === undefined
          ? 'not looked whether any can never run again'
          : `${formatCount(page.proven)} proven to never run again`}
        . <Spark values={page.total} label="goroutines over time" />
      </p>
      <div class="table">
        <div class="row head">
          <span>stands at</span>
          <span>state</span>
          <span class="number">number</span>
          <span>over time</span>
          <span class="number">growth</span>
          <span class="number">waits</span>
        </div>
        {page.rows.map((row) => (
          <Row key={row.key} row={row} />
        ))}
      </div>
      <Pager from={page.from} rows={page.rows.length} of={page.matching} step={pageRows} />
    </>
  );
}

function Row({ row }: { readonly row: GoroutineRow }) {
  const { route } = useApp();
  const isOpen = route.item === row.key;
  const { item: _item, ...closed } = route;
  const isProven = (row.provenLeaked ?? 0) > 0;
  return (
    <>
      <a
        class={`row${isOpen ? ' open' : ''}`}
        data-row
        aria-expanded={isOpen}
        href={formatRoute(isOpen ? closed : { ...route, item: row.key })}
      >
        <span>
          <Place {...(row.userFrame ?? row.blocked)} />
        </span>
        <span>
          {row.state} {isProven ? <span class="badge certainty certainty-proven">proven stuck</span> : undefined}
        </span>
        <span class="number">{formatCount(row.counts.at(-1) ?? 0)}</span>
        <span>
          <Spark values={row.counts} label={row.shape} width={90} height={20} />
        </span>
        <span class={`number ${row.shape === 'growing' ? 'grows' : 'faint'}`}>
          {row.shape === 'growing' ? `+${formatCountRate(row.perSecond)}` : row.shape}
        </span>
        <span class="number">{row.oldestWaitMinutes === undefined ? '–' : ageText(row.oldestWaitMinutes)}</span>
      </a>
      {isOpen ? (
        <div class="row-detail">
          <GoroutineFacts row={row} />
          {row.finding === undefined ? undefined : (
            <p>
              <a href={formatRoute({ view: 'finding', item: row.finding, query: {} })}>The finding that tells of it</a>
            </p>
          )}
        </div>
      ) : undefined}
    </>
  );
}
