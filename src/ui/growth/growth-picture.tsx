// The time line, the controls, the flame graph and the table of one series of stacks.
import { useMemo, useState } from 'preact/hooks';
import type { Report } from '../../report/report.ts';
import type { StackSeries } from '../../report/stack-series.ts';
import { FlameGraph } from '../flame/flame-graph.tsx';
import { buildFlameTree, type FlameTree } from '../flame/flame-tree.ts';
import { pathToRow, rowOfPath } from '../flame/lay-out-flame.ts';
import { withQuery } from '../route.ts';
import { useApp } from '../use-app.ts';
import { FunctionRows } from './function-rows.tsx';
import { GrowthControls } from './growth-controls.tsx';
import { type GrowthState, readGrowthState, writeGrowthState } from './growth-state.ts';
import { GrowthTimeline, timeText } from './growth-timeline.tsx';
import { amountText, changeText, describeFrame } from './growth-words.ts';
import { SelectedFrame } from './selected-frame.tsx';
import { type Between, stacksBetween } from './stacks-between.ts';

export interface GrowthPictureProps {
  readonly series: StackSeries;
  readonly findings: Report['findings'];
}

export function GrowthPicture({ series, findings }: GrowthPictureProps) {
  const { route, go, theme } = useApp();
  const state = readGrowthState(route.query);
  const change = (next: Partial<GrowthState>, how: 'push' | 'replace' = 'push'): void =>
    go(withQuery(route, writeGrowthState(next)), how);
  const between = useMemo(
    () => stacksBetween(series, state.quantity, state.fromMs, state.toMs),
    [series, state.quantity, state.fromMs, state.toMs],
  );
  const timeline =
    series.timeline.atMs.length < 2 ? undefined : (
      <GrowthTimeline
        {...series.timeline}
        fromMs={between?.fromMs ?? series.atMs[0]!}
        toMs={between?.toMs ?? series.atMs.at(-1)!}
        theme={theme}
        onSpan={(fromMs, toMs) => change({ fromMs, toMs })}
      />
    );
  return (
    <>
      <section class="panel">
        <h1>Growth by call stack</h1>
        {timeline}
      </section>
      <section class="panel">
        <GrowthControls state={state} series={series} change={change} />
        {between === undefined ? (
          <p class="state missing">The profiles do not say what was allocated, only what is in use.</p>
        ) : (
          <Picture between={between} series={series} findings={findings} state={state} change={change} />
        )}
      </section>
    </>
  );
}

interface PictureProps extends GrowthPictureProps {
  readonly between: Between;
  readonly state: GrowthState;
  readonly change: (next: Partial<GrowthState>, how?: 'push' | 'replace') => void;
}

function Picture({ between, series, findings, state, change }: PictureProps) {
  const { theme } = useApp();
  const { order, width, focus, search } = state;
  const comparing = between.before !== undefined;
  const tree = useMemo(
    () =>
      buildFlameTree(between, { order, width: comparing ? width : 'size', ...(focus === undefined ? {} : { focus }) }),
    [between, order, width, comparing, focus],
  );
  const found = useMemo(() => foundNames(tree, search), [tree, search]);
  const [chosen, setChosen] = useState<{ readonly tree: FlameTree; readonly row: number }>();
  const zoom = rowOfPath(tree, state.zoom);
  const selected = chosen?.tree === tree ? chosen.row : zoom;
  const zoomTo = (row: number): void => {
    setChosen({ tree, row });
    change({ zoom: pathToRow(tree, row) });
  };
  const { unit } = between;
  return (
    <>
      <p class="faint">{sentence(tree, between, state, series)}</p>
      {tree.width[0] === 0 ? (
        <p class="state">{nothingText(state, comparing)}</p>
      ) : (
        <>
          <FlameGraph
            tree={tree}
            zoom={zoom}
            selected={selected}
            comparing={comparing}
            found={found}
            theme={theme}
            label={`Flame graph, ${order}`}
            describe={(row) => describeFrame(tree, row, unit, comparing)}
            onSelect={(row) => setChosen({ tree, row })}
            onZoom={zoomTo}
          />
          <SelectedFrame
            tree={tree}
            row={selected}
            unit={unit}
            comparing={comparing}
            series={series}
            findings={findings}
            onFocus={(name) => change({ focus: name, zoom: [] })}
            onCallers={(name) => change({ focus: name, order: 'inverted', zoom: [] })}
          />
        </>
      )}
      <FunctionRows between={between} findings={findings} state={state} change={change} />
    </>
  );
}

function foundNames(tree: FlameTree, search: string): Uint8Array | undefined {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return undefined;
  return Uint8Array.from(tree.names, (name) => (name.toLowerCase().includes(wanted) ? 1 : 0));
}

function sentence(
  tree: FlameTree,
  { fromMs, toMs, unit, before }: Between,
  state: GrowthState,
  series: StackSeries,
): string {
  const span = `from ${timeText(fromMs)} to ${timeText(toMs)}`;
  const was = tree.before[0]!;
  const is = tree.after[0]!;
  const of = state.focus === undefined ? '' : ` through ${state.focus}`;
  const small = series.smallStacks === 0 ? '' : ` ${series.smallStacks} small stacks are added up.`;
  if (before === undefined) return `${amountText(unit, is)}${of} allocated ${span}, whether kept or freed.${small}`;
  const shrank = tree.width[0]! - (is - was);
  const also =
    state.width === 'growth' && shrank > 0
      ? ` As wide as what was added; ${amountText(unit, shrank)} went away elsewhere and is not drawn.`
      : '';
  return `${amountText(unit, was)} → ${amountText(unit, is)} in use${of} (${changeText(unit, is - was)}) ${span}.${also}${small}`;
}

function nothingText({ focus, width }: GrowthState, comparing: boolean): string {
  if (focus !== undefined) return `No stack of this time span goes through ${focus}.`;
  if (comparing && width === 'growth') return 'No stack grew between these two moments.';
  return 'Nothing was captured that could be drawn.';
}
