// What changed between two walks: types by holder, and containers by their entries.
import { formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import { formatDuration } from '../../base/format-duration.ts';
import type { HeapChange, HeapDiff } from '../../report/heap-report.ts';
import { holderText, typeText } from '../../report/heap-words.ts';
import { type TableColumn, VirtualTable } from '../table/virtual-table.tsx';

const typeColumns: readonly TableColumn[] = [
  { id: 'name', title: 'Type' },
  { id: 'bytes', title: 'Bytes ±', numeric: true },
  { id: 'objects', title: 'Objects ±', numeric: true },
  { id: 'now', title: 'Objects now', numeric: true, secondary: true },
  { id: 'holder', title: 'Held by', secondary: true },
];

const containerColumns: readonly TableColumn[] = [
  { id: 'name', title: 'Container' },
  { id: 'entries', title: 'Entries ±', numeric: true },
  { id: 'now', title: 'Entries now', numeric: true },
  { id: 'bytes', title: 'Retains ±', numeric: true, secondary: true },
];

export function HeapChanges({ diff }: { readonly diff: HeapDiff }) {
  const { types, containers = [], largestGrowth } = diff;
  return (
    <>
      <p>
        <Change change={diff.bytes} format={formatBytes} /> and <Change change={diff.objects} format={formatCount} />{' '}
        objects between two walks{diff.spanMs === undefined ? '' : `, ${formatDuration(diff.spanMs)} apart`}. Two walks
        are no trend: a cache that fills grows as well.
      </p>
      {largestGrowth === undefined ? undefined : (
        <p>
          <code>{typeText(largestGrowth.type)}</code> is held like this:{' '}
          <code>{[largestGrowth.root, ...largestGrowth.path.map(typeText)].join(' → ')}</code>
        </p>
      )}
      <VirtualTable
        label="Types that changed"
        columns={typeColumns}
        rows={types.length}
        cell={(at, column) => {
          const row = types[at]!;
          if (column === 'bytes') return <Change change={row.bytes} format={formatBytes} />;
          if (column === 'objects') return <Change change={row.objects} format={formatCount} />;
          if (column === 'now') return formatCount(row.objects.after);
          if (column === 'holder') return holderText(row.holder, 1);
          return <span class="function">{typeText(row.type)}</span>;
        }}
      />
      {containers.length === 0 ? undefined : (
        <>
          <h2 class="after-table">Containers that changed</h2>
          <VirtualTable
            label="Containers that changed"
            columns={containerColumns}
            rows={containers.length}
            cell={(at, column) => {
              const row = containers[at]!;
              if (column === 'entries') return <Change change={row.entries} format={formatCount} />;
              if (column === 'now') return formatCount(row.entries.after);
              if (column === 'bytes') return <Change change={row.retainedBytes} format={formatBytes} />;
              return (
                <span class="function" title={`${row.kind} ${row.type}`}>
                  {typeText(row.name)}
                </span>
              );
            }}
          />
        </>
      )}
    </>
  );
}

function Change({ change, format }: { readonly change: HeapChange; readonly format: (value: number) => string }) {
  const by = change.after - change.before;
  return <span class={by > 0 ? 'grown' : by < 0 ? 'shrunk' : 'faint'}>{`${by > 0 ? '+' : ''}${format(by)}`}</span>;
}
