// What is drawn and how: quantity, width, order, search, focus.
import type { StackSeries } from '../../report/stack-series.ts';
import { Choice } from '../parts/choice.tsx';
import type { GrowthState } from './growth-state.ts';
import type { Quantity } from './stacks-between.ts';

export interface GrowthControlsProps {
  readonly state: GrowthState;
  readonly series: StackSeries;
  readonly change: (next: Partial<GrowthState>, how?: 'push' | 'replace') => void;
}

export function GrowthControls({ state, series, change }: GrowthControlsProps) {
  const [life, unit] = state.quantity.split('-') as ['inuse' | 'alloc', 'bytes' | 'objects'];
  const quantity = (nextLife: string, nextUnit: string): void =>
    change({ quantity: `${nextLife}-${nextUnit}` as Quantity, zoom: [] });
  return (
    <div class="controls">
      <Choice
        label="Quantity"
        value={life}
        options={[
          { id: 'inuse', title: 'In use', about: 'what was not freed' },
          ...(series.allocBytes === undefined
            ? []
            : [{ id: 'alloc' as const, title: 'Allocated', about: 'whatever was allocated in between, freed or not' }]),
        ]}
        onChoose={(id) => quantity(id, unit)}
      />
      <Choice
        label="Unit"
        value={unit}
        options={[
          { id: 'bytes', title: 'Bytes' },
          { id: 'objects', title: 'Objects' },
        ]}
        onChoose={(id) => quantity(life, id)}
      />
      {life === 'alloc' ? undefined : (
        <Choice
          label="Width of frames"
          value={state.width}
          options={[
            { id: 'growth', title: 'What grew', about: 'frames are as wide as what was added' },
            { id: 'size', title: 'What is there', about: 'frames are as wide as what is there at the end' },
          ]}
          onChoose={(width) => change({ width, zoom: [] })}
        />
      )}
      <Choice
        label="Order"
        value={state.order}
        options={[
          { id: 'callers', title: 'From callers', about: 'from the entry of the goroutine to the line that allocates' },
          { id: 'inverted', title: 'Inverted', about: 'from the function that allocates back to its callers' },
          { id: 'packages', title: 'Packages', about: 'calls within a package are one frame' },
        ]}
        onChoose={(order) => change({ order, zoom: [] })}
      />
      <input
        type="search"
        placeholder="Search functions  /"
        aria-label="Search functions"
        value={state.search}
        onInput={(event) => change({ search: event.currentTarget.value }, 'replace')}
      />
      {state.focus === undefined ? undefined : (
        <button
          type="button"
          class="chip"
          title="Show all stacks again"
          onClick={() => change({ focus: undefined, zoom: [] })}
        >
          only {state.focus} ✕
        </button>
      )}
    </div>
  );
}
