// Draws a chart over time with uPlot: lines, a stack of areas, levels, marks and the cone of a forecast.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import { type Colours, colours } from '../theme.ts';
import { useApp } from '../use-app.ts';
import type { ChartSpec } from './chart-spec.ts';

export interface TimeChartProps {
  readonly spec: ChartSpec;
  readonly height: number;
  /** For readers who do not see it. */
  readonly label: string;
  /** Called with the stretch of time that was chosen by dragging; undefined lets it zoom. */
  readonly onRange?: (fromMs: number, toMs: number) => void;
}

export function TimeChart({ spec, height, label, onRange }: TimeChartProps) {
  const { theme } = useApp();
  const place = useRef<HTMLDivElement>(null);
  const choose = useRef(onRange);
  choose.current = onRange;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const chart = new uPlot(
      optionsOf(spec, colours[theme], element.clientWidth, height, (from, to) => choose.current?.(from, to)),
      [[...spec.atMs], ...spec.lines.map((line) => [...line.values])] as uPlot.AlignedData,
      element,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [spec, theme, height]);
  return <div ref={place} class="chart" role="img" aria-label={label} />;
}

function optionsOf(
  spec: ChartSpec,
  colour: Colours,
  width: number,
  height: number,
  choose: (fromMs: number, toMs: number) => void,
): uPlot.Options {
  const format = spec.unit === 'bytes' ? formatBytes : formatCount;
  const axis = {
    stroke: colour.faint,
    grid: { stroke: colour.grid, width: 1 },
    ticks: { stroke: colour.grid, width: 1 },
    font: '11px system-ui, sans-serif',
  };
  const stacked = spec.lines.filter((line) => line.filled).length;
  return {
    width,
    height,
    ms: 1,
    scales: {
      x: { time: true, range: () => [spec.fromMs, Math.max(spec.toMs, spec.fromMs + 1)] },
      y: { range: (_, low, high) => [Math.min(0, low), spec.top ?? Math.max(1, high, coneTop(spec)) * 1.08] },
    },
    axes: [
      {
        ...axis,
        space: 80,
        values: (_, ticks) => ticks.map((tick) => clockText(new Date(tick), spec.toMs - spec.fromMs)),
      },
      {
        ...axis,
        size: 72,
        space: 36,
        values: (_, ticks) => ticks.map((tick) => format(tick)),
        ...(spec.unit === 'bytes' ? { incrs: byteSteps } : { incrs: countSteps }),
      },
    ],
    series: [
      { value: (_, at) => (at === null || at === undefined ? '' : new Date(at).toLocaleString()) },
      ...spec.lines.map(
        (line): uPlot.Series => ({
          label: line.label,
          stroke: line.colour,
          width: line.filled ? 1 : 1.75,
          ...(line.dashed ? { dash: [5, 4] } : {}),
          ...(line.filled && stacked === 1 ? { fill: `${line.colour}40` } : {}),
          points: { show: spec.atMs.length < 40 && !line.filled },
          value: (_, __, ___, at) => {
            const value = at === null ? undefined : knownAt(line.own ?? line.values, at);
            return value === undefined ? '–' : format(value);
          },
        }),
      ),
    ],
    bands: stacked > 1 ? bandsOf(spec) : [],
    cursor: { drag: { x: true, y: false, setScale: false }, focus: { prox: 24 } },
    legend: { live: true },
    hooks: {
      // Until something is pointed at, the legend tells the last values.
      ready: [(chart) => chart.setLegend({ idx: spec.atMs.length - 1 })],
      draw: [(chart) => drawExtras(chart, spec, colour)],
      setSelect: [
        (chart) => {
          if (chart.select.width < 4) return;
          choose(chart.posToVal(chart.select.left, 'x'), chart.posToVal(chart.select.left + chart.select.width, 'x'));
        },
      ],
    },
  };
}

const dayMs = 86_400_000;

/** `10:55:50`; over days with the date. */
function clockText(date: Date, spanMs: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (spanMs > dayMs) return `${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
  return spanMs > dayMs / 12 ? clock : `${clock}:${two(date.getSeconds())}`;
}

/** Series of other moments share the axis: the value of the point before, unless a gap is between. */
function knownAt(values: readonly (number | null | undefined)[], at: number): number | undefined {
  let row = at;
  while (row > 0 && values[row] === undefined) row--;
  return values[row] ?? undefined;
}

const coneTop = ({ cone, toMs }: ChartSpec): number =>
  cone === undefined ? 0 : cone.fromValue + (cone.perSecond * (toMs - cone.fromMs)) / 1000;

const byteSteps = Array.from({ length: 50 }, (_, power) => 2 ** power);
const countSteps = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

/** Between each area and the one below it; the lowest reaches to zero by itself. */
function bandsOf({ lines }: ChartSpec): uPlot.Band[] {
  return lines.flatMap((line, at) =>
    line.filled && at > 0 ? [{ series: [at + 1, at], fill: `${line.colour}99` }] : [],
  );
}

function drawExtras(chart: uPlot, spec: ChartSpec, colour: Colours): void {
  const { ctx } = chart;
  const { left, top, width, height } = chart.bbox;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  // uPlot leaves them as its axes need them.
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.lineWidth = 1.5 * ratio;
  const x = (ms: number): number => chart.valToPos(ms, 'x', true);
  const y = (value: number): number => chart.valToPos(value, 'y', true);
  if (spec.cone !== undefined) {
    const { fromMs, fromValue, perSecondLow, perSecond, perSecondHigh } = spec.cone;
    const aheadMs = spec.toMs - fromMs;
    const end = (rate: number): number => y(fromValue + (rate * aheadMs) / 1000);
    ctx.beginPath();
    ctx.moveTo(x(fromMs), y(fromValue));
    ctx.lineTo(x(spec.toMs), end(perSecondHigh));
    ctx.lineTo(x(spec.toMs), end(perSecondLow));
    ctx.closePath();
    ctx.fillStyle = `${colour.grows}38`;
    ctx.fill();
    ctx.beginPath();
    ctx.setLineDash([4 * ratio, 4 * ratio]);
    ctx.moveTo(x(fromMs), y(fromValue));
    ctx.lineTo(x(spec.toMs), end(perSecond));
    ctx.strokeStyle = colour.grows;
    ctx.stroke();
    ctx.setLineDash([]);
  }
  for (const { value, text } of spec.levels) {
    ctx.beginPath();
    ctx.setLineDash([8 * ratio, 4 * ratio]);
    ctx.moveTo(left, y(value));
    ctx.lineTo(left + width, y(value));
    ctx.strokeStyle = colour.limit;
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.fillStyle = colour.limit;
    ctx.fillText(text, left + 8 * ratio, y(value) + 14 * ratio);
  }
  for (const { atMs, text, kind } of spec.marks) {
    if (atMs < spec.fromMs || atMs > spec.toMs) continue;
    ctx.beginPath();
    ctx.moveTo(x(atMs), top);
    ctx.lineTo(x(atMs), top + height);
    ctx.strokeStyle = kind === 'oom-kill' ? colour.limit : colour.faint;
    ctx.stroke();
    ctx.fillStyle = ctx.strokeStyle;
    ctx.fillText(
      kind === 'oom-kill' ? '✕ OOM kill' : kind === 'restart' ? '↻ restart' : text,
      x(atMs) + 4 * ratio,
      top + 26 * ratio,
    );
  }
  ctx.restore();
}
