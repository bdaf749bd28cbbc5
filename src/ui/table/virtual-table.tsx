// A table of any length: only the rows in sight are in the document. Columns sort by a click; the first cell of a row is a
// button where rows can be chosen, and the page's arrow keys go from one to the next.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { visibleRows } from './visible-rows.ts';

export interface TableColumn {
  readonly id: string;
  readonly title: string;
  readonly about?: string;
  readonly numeric?: boolean;
  /** Nothing to sort by. */
  readonly unsorted?: boolean;
  /** Left out where there is little room. */
  readonly secondary?: boolean;
}

export interface VirtualTableProps {
  readonly label: string;
  readonly columns: readonly TableColumn[];
  readonly rows: number;
  readonly cell: (row: number, column: string) => ComponentChildren;
  readonly isChosen?: (row: number) => boolean;
  readonly onChoose?: (row: number) => void;
  readonly sortedBy?: string;
  readonly descending?: boolean;
  readonly onSort?: (column: string) => void;
  readonly heightPx?: number;
}

const rowPx = 30;
const headPx = 32;
const defaultHeightPx = 440;

export function VirtualTable(props: VirtualTableProps) {
  const { label, columns, rows, cell, isChosen, onChoose, sortedBy, descending, onSort } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [scrollTopPx, setScrollTop] = useState(0);
  const heightPx = Math.min(props.heightPx ?? defaultHeightPx, rows * rowPx + headPx + 2);
  const { from, to, abovePx, totalPx } = visibleRows(rows, rowPx, scrollTopPx, heightPx);
  const order = `${sortedBy} ${descending} ${rows}`;
  const lastOrder = useRef(order);
  // Another order begins at its top.
  useLayoutEffect(() => {
    if (lastOrder.current !== order) scroller.current?.scrollTo(0, 0);
    lastOrder.current = order;
  }, [order]);
  const chooser = (row: number, content: ComponentChildren): ComponentChildren =>
    onChoose === undefined ? (
      content
    ) : (
      <button type="button" class="plain" data-row="" onClick={() => onChoose(row)}>
        {content}
      </button>
    );

  return (
    <div
      class="vtable"
      ref={scroller}
      style={{ height: `${heightPx}px` }}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
    >
      <table aria-label={label} aria-rowcount={rows + 1}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                class={classOf(column)}
                title={column.about}
                aria-sort={sortedBy === column.id ? (descending ? 'descending' : 'ascending') : undefined}
              >
                {onSort === undefined || column.unsorted === true ? (
                  column.title
                ) : (
                  <button type="button" class="plain" onClick={() => onSort(column.id)}>
                    {column.title}
                    {sortedBy === column.id ? (descending ? ' ▾' : ' ▴') : ''}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap heightPx={abovePx} />
          {Array.from({ length: to - from }, (_, index) => from + index).map((row) => (
            <tr key={row} aria-rowindex={row + 2} class={isChosen?.(row) ? 'chosen' : undefined}>
              {columns.map((column, index) => (
                <td key={column.id} class={classOf(column)}>
                  {index === 0 ? chooser(row, cell(row, column.id)) : cell(row, column.id)}
                </td>
              ))}
            </tr>
          ))}
          <Gap heightPx={totalPx - abovePx - (to - from) * rowPx} />
        </tbody>
      </table>
    </div>
  );
}

/** Room of rows that are not drawn. */
function Gap({ heightPx }: { readonly heightPx: number }) {
  return heightPx <= 0 ? null : (
    <tr>
      <td class="gap" style={{ height: `${heightPx}px` }} />
    </tr>
  );
}

const classOf = ({ numeric, secondary }: TableColumn): string =>
  `${numeric === true ? 'numeric' : 'wide'}${secondary === true ? ' secondary' : ''}`;
