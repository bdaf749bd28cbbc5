// Who holds the heap: a treemap and a table of the same rows, one level of the tree at a time.
import { apiPaths } from '../../api/paths.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import type { HeapTreePage, HeapTreeRow } from '../../report/heap-tree-page.ts';
import { holderText, shareText, typeText } from '../../report/heap-words.ts';
import { functionText } from '../../report/place.ts';
import { Whole } from '../parts/states.tsx';
import { formatRoute, type Route, withQuery } from '../route.ts';
import { type TableColumn, VirtualTable } from '../table/virtual-table.tsx';
import { Treemap } from '../treemap/treemap.tsx';
import { useAnswer } from '../use-answer.ts';
import { useApp } from '../use-app.ts';
import { type HeapState, heapPageRows } from './heap-state.ts';

const columns: readonly TableColumn[] = [
  { id: 'name', title: 'Holder' },
  { id: 'retained', title: 'Retains', about: 'what would be free without it', numeric: true },
  { id: 'share', title: 'Share', about: 'of the whole heap', numeric: true },
  { id: 'objects', title: 'Objects', numeric: true, secondary: true },
];

export function HolderTree({ state }: { readonly state: HeapState }) {
  const { route, go } = useApp();
  const answer = useAnswer<HeapTreePage>(apiPaths.heapTree, {
    row: state.row === 0 ? undefined : state.row,
    from: state.from === 0 ? undefined : state.from,
  });
  const to = (row: number): void => go(rowRoute(route, row));
  return (
    <Whole answer={answer} what="holders">
      {(page) => <Page page={page} route={route} to={to} />}
    </Whole>
  );
}

const rowRoute = (route: Route, row: number): Route =>
  withQuery(route, { row: row === 0 ? '' : String(row), after: '' });

function Page({
  page,
  route,
  to,
}: {
  readonly page: HeapTreePage;
  readonly route: Route;
  readonly to: (row: number) => void;
}) {
  const { theme, go } = useApp();
  const turn = (from: number): void => go(withQuery(route, { after: from === 0 ? '' : String(from) }));
  const last = page.from + page.rows.length;
  return (
    <>
      <nav class="crumbs" aria-label="Way to these rows">
        <a href={formatRoute(rowRoute(route, 0))}>whole heap</a>
        {page.path.map((row) => (
          <span key={row.row}>
            {' › '}
            <a href={formatRoute(rowRoute(route, row.row))}>{nameText(row)}</a>
          </span>
        ))}
        <span class="faint"> {formatBytes(page.retainedBytes)}</span>
      </nav>
      {page.rows.length === 0 ? (
        <p class="state">Nothing is below: these {formatCount(page.ownObjects)} objects hold nothing else.</p>
      ) : (
        <>
          <Treemap page={page} theme={theme} onRow={to} />
          <VirtualTable
            label="Holders"
            columns={columns}
            rows={page.rows.length}
            cell={(at, column) => cellOf(page.rows[at]!, column, page.totalBytes)}
            onChoose={(at) => {
              if (page.rows[at]!.children > 0) to(page.rows[at]!.row);
            }}
          />
        </>
      )}
      {page.children <= page.rows.length ? undefined : (
        <p class="pager">
          <button type="button" disabled={page.from === 0} onClick={() => turn(Math.max(0, page.from - heapPageRows))}>
            ‹ larger
          </button>
          <span>
            {formatCount(page.from + 1)} to {formatCount(last)} of {formatCount(page.children)}
          </span>
          <button type="button" disabled={last >= page.children} onClick={() => turn(last)}>
            smaller ›
          </button>
        </p>
      )}
    </>
  );
}

function cellOf(row: HeapTreeRow, column: string, totalBytes: number) {
  switch (column) {
    case 'retained':
      return formatBytes(row.retainedBytes);
    case 'share':
      return shareText(totalBytes === 0 ? 0 : row.retainedBytes / totalBytes);
    case 'objects':
      return formatCount(row.objects);
    default:
      return (
        <span class="function" title={row.name}>
          {row.children > 0 ? '▸ ' : '· '}
          {nameText(row)}
        </span>
      );
  }
}

/** `.sessions 20,000 × main.Session`, `goroutine main.worker`. */
function nameText({ kind, name, label, count }: HeapTreeRow): string {
  const many = count > 1 ? `${formatCount(count)} × ` : '';
  if (kind === 'type' || kind === 'unknown') return `${label === '' ? '' : `${label} `}${many}${typeText(name)}`;
  return kind === 'frame' ? `in ${functionText(name)}` : holderText({ kind, name }, count);
}
