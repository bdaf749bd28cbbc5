// What of the Growth view stands in the URL: from the query to checked values and back.
import type { FlameOrder, FlameWidth } from '../flame/flame-tree.ts';
import { type FunctionColumn, functionColumns } from './function-table.ts';
import type { Quantity } from './stacks-between.ts';

export interface GrowthState {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly quantity: Quantity;
  readonly width: FlameWidth;
  readonly order: FlameOrder;
  readonly focus: string | undefined;
  readonly search: string;
  /** Names from the first row of the picture to the one that fills it. */
  readonly zoom: readonly string[];
  readonly sortedBy: FunctionColumn;
  readonly descending: boolean;
}

const quantities = ['inuse-bytes', 'inuse-objects', 'alloc-bytes', 'alloc-objects'] as const;

/** Never throws: what cannot be understood is as if it were not there. */
export function readGrowthState(query: Readonly<Record<string, string>>): GrowthState {
  const oneOf = <T extends string>(value: string | undefined, allowed: readonly T[]): T =>
    allowed.find((one) => one === value) ?? allowed[0]!;
  const sort = query['sort'] ?? '';
  return {
    fromMs: timeOf(query['from']),
    toMs: timeOf(query['to']),
    quantity: oneOf(query['what'], quantities),
    width: oneOf(query['wide'], ['growth', 'size']),
    order: oneOf(query['order'], ['callers', 'inverted', 'packages']),
    focus: query['focus'],
    search: query['find'] ?? '',
    zoom: query['zoom'] === undefined ? [] : ['all', ...query['zoom'].split(';')],
    sortedBy: sort === '' ? 'growth' : oneOf(sort.replace(/^-/, ''), functionColumns),
    descending: sort === '' || sort.startsWith('-'),
  };
}

/** Only what differs from where the view begins; '' takes a value out of the URL. */
export function writeGrowthState(change: Partial<GrowthState>): Record<string, string> {
  const query: Record<string, string> = {};
  if ('fromMs' in change) query['from'] = change.fromMs === undefined ? '' : String(Math.round(change.fromMs));
  if ('toMs' in change) query['to'] = change.toMs === undefined ? '' : String(Math.round(change.toMs));
  if (change.quantity !== undefined) query['what'] = change.quantity === 'inuse-bytes' ? '' : change.quantity;
  if (change.width !== undefined) query['wide'] = change.width === 'growth' ? '' : change.width;
  if (change.order !== undefined) query['order'] = change.order === 'callers' ? '' : change.order;
  if ('focus' in change) query['focus'] = change.focus ?? '';
  if (change.search !== undefined) query['find'] = change.search;
  if (change.zoom !== undefined) query['zoom'] = change.zoom.slice(1).join(';');
  if (change.sortedBy !== undefined) query['sort'] = `${change.descending === false ? '' : '-'}${change.sortedBy}`;
  return query;
}

function timeOf(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) ? undefined : value;
}
