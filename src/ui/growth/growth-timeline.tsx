// The live heap over time, and on it the span that is compared: drag over it, or move its ends.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatBytes } from '../../base/format-bytes.ts';
import { useWidth } from '../parts/use-width.ts';
import { colours, type Theme } from '../theme.ts';
import { nearest } from './stacks-between.ts';

export interface GrowthTimelineProps {
  readonly atMs: readonly number[];
  readonly bytes: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly theme: Theme;
  readonly onSpan: (fromMs: number, toMs: number) => void;
}

const heightPx = 130;

export function GrowthTimeline({ atMs, bytes, fromMs, toMs, theme, onSpan }: GrowthTimelineProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const act = useRef(onSpan);
  act.current = onSpan;
  const widthPx = useWidth(frame);

  const span = useRef({ fromMs, toMs });
  span.current = { fromMs, toMs };

  useEffect(() => {
    if (frame.current === null || widthPx === 0) return;
    const made = new uPlot(
      optionsOf(
        theme,
        widthPx,
        (shown) => markSpan(shown, span.current),
        (from, to) => act.current(from, to),
      ),
      [atMs.map((at) => at / 1000), [...bytes]],
      frame.current,
    );
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = undefined;
    };
  }, [atMs, bytes, theme, widthPx]);
  useEffect(() => {
    if (plot.current?.status === 1) markSpan(plot.current, { fromMs, toMs });
  }, [fromMs, toMs]);

  const end = (label: string, at: number, move: (index: number) => void) => (
    <label class="span-end">
      {label} <span>{timeText(atMs[at]!)}</span>
      <input
        type="range"
        min={0}
        max={atMs.length - 1}
        value={at}
        onChange={(event) => move(Number(event.currentTarget.value))}
      />
    </label>
  );
  const from = nearest(atMs, fromMs);
  const to = nearest(atMs, toMs);
  return (
    <div class="growth-timeline">
      <div ref={frame} role="img" aria-label="Live heap over time, with the span that is compared" />
      <div class="span-ends">
        {end('from', from, (index) => onSpan(atMs[Math.min(index, to)]!, atMs[to]!))}
        {end('to', to, (index) => onSpan(atMs[from]!, atMs[Math.max(index, from)]!))}
      </div>
    </div>
  );
}

function markSpan(shown: uPlot, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): void {
  const left = shown.valToPos(fromMs / 1000, 'x');
  const width = shown.valToPos(toMs / 1000, 'x') - left;
  shown.setSelect({ left, width, top: 0, height: shown.over.clientHeight }, false);
}

function optionsOf(
  theme: Theme,
  width: number,
  onReady: (shown: uPlot) => void,
  onSpan: (fromMs: number, toMs: number) => void,
): uPlot.Options {
  const { grid, faint, series } = colours[theme];
  const axis = { stroke: faint, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  return {
    width,
    height: heightPx,
    legend: { show: false },
    cursor: { drag: { x: true, y: false, setScale: false }, y: false },
    series: [{}, { stroke: series[0]!, width: 2, fill: `${series[0]}22`, points: { show: width < 0 } }],
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, most * 1.08 || 1] } },
    axes: [
      { ...axis, values: (shown, splits) => splits.map((at) => clockText(at, shown.scales['x']!)) },
      {
        ...axis,
        size: 74,
        values: (_, splits) => splits.map((value) => formatBytes(value)),
        incrs: Array.from({ length: 50 }, (_, power) => 2 ** power),
      },
    ],
    hooks: {
      ready: [onReady],
      setSelect: [
        (shown) => {
          const { left, width: wide } = shown.select;
          if (wide < 4) return;
          onSpan(shown.posToVal(left, 'x') * 1000, shown.posToVal(left + wide, 'x') * 1000);
        },
      ],
    },
  };
}

/** As much of a moment as tells it from its neighbours. */
function clockText(at: number, { min, max }: uPlot.Scale): string {
  const seconds = (max ?? 0) - (min ?? 0);
  const moment = new Date(at * 1000);
  const clock = moment.toTimeString().slice(0, seconds < 600 ? 8 : 5);
  return seconds < 86_400 ? clock : `${moment.getMonth() + 1}/${moment.getDate()} ${clock}`;
}

export const timeText = (atMs: number): string =>
  new Date(atMs).toLocaleString(undefined, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });
