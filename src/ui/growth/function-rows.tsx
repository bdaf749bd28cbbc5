// The table of functions (or packages) between two moments.
import { useMemo } from 'preact/hooks';
import { briefPlaceText, functionText, placeText } from '../../report/place.ts';
import type { Report } from '../../report/report.ts';
import { type TableColumn, VirtualTable } from '../table/virtual-table.tsx';
import { FindingLink } from './finding-link.tsx';
import { type FunctionColumn, sortFunctions, tabulateFunctions } from './function-table.ts';
import type { GrowthState } from './growth-state.ts';
import { amountText, changeText } from './growth-words.ts';
import type { Between } from './stacks-between.ts';

export interface FunctionRowsProps {
  readonly between: Between;
  readonly findings: Report['findings'];
  readonly state: GrowthState;
  readonly change: (next: Partial<GrowthState>, how?: 'push' | 'replace') => void;
}

export function FunctionRows({ between, findings, state, change }: FunctionRowsProps) {
  const by = state.order === 'packages' ? 'package' : 'function';
  const table = useMemo(() => tabulateFunctions(between, by), [between, by]);
  const rows = useMemo(
    () => sortFunctions(table, state.sortedBy, state.descending, state.search.trim()),
    [table, state.sortedBy, state.descending, state.search],
  );
  const comparing = between.before !== undefined;
  const { unit } = between;
  const delta = (before: Float64Array, after: Float64Array, row: number) => {
    const change = after[row]! - before[row]!;
    return (
      <span class={change > 0 ? 'grown' : change < 0 ? 'shrunk' : 'faint'}>
        {change === 0 ? '·' : changeText(unit, change)}
      </span>
    );
  };
  const size = (value: number) => (value === 0 ? <span class="faint">·</span> : amountText(unit, value));
  const cell = (at: number, column: string) => {
    const row = rows[at]!;
    switch (column as FunctionColumn | 'place') {
      case 'name':
        return (
          <span class={table.own[row] === 1 ? 'function own' : 'function'} title={table.name[row]}>
            {functionText(table.name[row]!)}
          </span>
        );
      case 'place':
        return (
          <>
            <FindingLink findings={findings} name={table.name[row]!} />{' '}
            <Place file={table.file[row]!} line={table.line[row]!} />
          </>
        );
      case 'ownGrowth':
        return delta(table.ownBefore, table.ownAfter, row);
      case 'growth':
        return delta(table.before, table.after, row);
      case 'ownAfter':
        return size(table.ownAfter[row]!);
      case 'after':
        return size(table.after[row]!);
    }
  };
  return (
    <VirtualTable
      label={by === 'package' ? 'Growth by package' : 'Growth by function'}
      columns={columnsFor(by, comparing)}
      rows={rows.length}
      cell={cell}
      isChosen={(at) => table.name[rows[at]!] === state.focus}
      onChoose={(at) => {
        const name = table.name[rows[at]!]!;
        change({ focus: name === state.focus ? undefined : name, zoom: [] });
      }}
      sortedBy={state.sortedBy}
      descending={state.descending}
      onSort={(column) => {
        const sortedBy = column as FunctionColumn;
        change(
          { sortedBy, descending: state.sortedBy === sortedBy ? !state.descending : sortedBy !== 'name' },
          'replace',
        );
      }}
    />
  );
}

function Place({ file, line }: { readonly file: string; readonly line: number }) {
  return file === '' ? null : (
    <span class="faint" title={placeText({ file, line }, '')}>
      {briefPlaceText({ file, line })}
    </span>
  );
}

function columnsFor(by: 'function' | 'package', comparing: boolean): readonly TableColumn[] {
  return [
    { id: 'name', title: by === 'package' ? 'Package' : 'Function' },
    ...(comparing
      ? ([
          {
            id: 'ownGrowth',
            title: 'Self ±',
            about: 'change of what it allocated itself',
            numeric: true,
            secondary: true,
          },
          { id: 'growth', title: 'Total ±', about: 'change with everything that it calls', numeric: true },
        ] as const)
      : []),
    { id: 'ownAfter', title: 'Self', about: 'allocated by itself', numeric: true, secondary: true },
    { id: 'after', title: 'Total', about: 'with everything that it calls', numeric: true },
    ...(by === 'function' ? [{ id: 'place', title: 'Where', secondary: true, unsorted: true }] : []),
  ];
}
