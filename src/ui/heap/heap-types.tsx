// Types of a heap, the largest first; a type leads to how its objects are held.
import { useMemo, useState } from 'preact/hooks';
import { formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import type { HeapReport, HeapTypeRow } from '../../report/heap-report.ts';
import { holderText, typeText } from '../../report/heap-words.ts';
import { briefPlaceText, placeText } from '../../report/place.ts';
import { withQuery } from '../route.ts';
import { type TableColumn, VirtualTable } from '../table/virtual-table.tsx';
import { useApp } from '../use-app.ts';
import type { HeapState } from './heap-state.ts';

const columns: readonly TableColumn[] = [
  { id: 'name', title: 'Type' },
  { id: 'objects', title: 'Objects', numeric: true },
  { id: 'bytes', title: 'Bytes', numeric: true },
  {
    id: 'retainedBytes',
    title: 'Retained',
    about: 'what would be free without all of them',
    numeric: true,
    secondary: true,
  },
  { id: 'heldBy', title: 'Held by', about: 'who holds most of them', secondary: true, unsorted: true },
  {
    id: 'at',
    title: 'Allocated at',
    about: 'where the memory profiler caught most of them',
    secondary: true,
    unsorted: true,
  },
];

type NumberColumn = 'objects' | 'bytes' | 'retainedBytes';

export function HeapTypes({ report, state }: { readonly report: HeapReport; readonly state: HeapState }) {
  const { route, go } = useApp();
  const [sort, setSort] = useState({ column: 'bytes', descending: true });
  const rows = useMemo(() => sorted(report.types, sort, state.search), [report.types, sort, state.search]);
  return (
    <>
      <div class="controls">
        <input
          type="search"
          placeholder="Search types  /"
          aria-label="Search types"
          value={state.search}
          onInput={(event) => go(withQuery(route, { find: event.currentTarget.value }), 'replace')}
        />
        <span class="faint">
          {formatCount(rows.length)} types
          {report.leftOut.types > 0 ? `; ${formatCount(report.leftOut.types)} small ones are left out` : ''}. A type
          leads to how its objects are held.
        </span>
      </div>
      <VirtualTable
        label="Types"
        columns={columns}
        rows={rows.length}
        cell={(at, column) => cellOf(rows[at]!, column)}
        onChoose={(at) => go({ ...withQuery(route, { of: rows[at]!.name, find: '' }), item: 'paths' })}
        sortedBy={sort.column}
        descending={sort.descending}
        onSort={(column) =>
          setSort({ column, descending: sort.column === column ? !sort.descending : column !== 'name' })
        }
      />
    </>
  );
}

function sorted(
  types: readonly HeapTypeRow[],
  { column, descending }: { readonly column: string; readonly descending: boolean },
  search: string,
): readonly HeapTypeRow[] {
  const wanted = search.trim().toLowerCase();
  const sign = descending ? -1 : 1;
  const order = (a: HeapTypeRow, b: HeapTypeRow): number =>
    column === 'name' ? (a.name < b.name ? -1 : 1) : a[column as NumberColumn] - b[column as NumberColumn];
  return types
    .filter(({ name }) => wanted === '' || name.toLowerCase().includes(wanted))
    .sort((a, b) => sign * order(a, b));
}

function cellOf(row: HeapTypeRow, column: string) {
  const holder = row.heldBy[0];
  const place = row.allocatedAt[0];
  switch (column) {
    case 'objects':
      return formatCount(row.objects);
    case 'bytes':
      return formatBytes(row.bytes);
    case 'retainedBytes':
      return formatBytes(row.retainedBytes);
    case 'heldBy':
      return holder === undefined ? <span class="faint">many</span> : holderText(holder, 1);
    case 'at':
      return place === undefined ? (
        <span class="faint">not sampled</span>
      ) : (
        <span title={placeText(place, '')}>{briefPlaceText(place)}</span>
      );
    default:
      return (
        <span class="function" title={row.name}>
          {typeText(row.name)}
          {row.certainty === 'exact' ? '' : row.certainty === 'candidates' ? ' ?' : ' (size only)'}
        </span>
      );
  }
}
