// The flame graph as a part of a page: a canvas that mouse, finger and keyboard move through, and a line that says in text
// what is selected. Selecting and zooming are the caller's state, so that they can stand in the URL.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { fitCanvas } from '../parts/fit-canvas.ts';
import { useWidth } from '../parts/use-width.ts';
import type { Theme } from '../theme.ts';
import { drawFlame, levelPx } from './draw-flame.ts';
import type { FlameTree } from './flame-tree.ts';
import { type FlameStep, frameAtPoint, layOutFlame, stepInFlame } from './lay-out-flame.ts';

export interface FlameGraphProps {
  readonly tree: FlameTree;
  readonly zoom: number;
  readonly selected: number;
  readonly comparing: boolean;
  readonly found: Uint8Array | undefined;
  readonly theme: Theme;
  readonly label: string;
  /** A few words about a row, for the mouse; lines. */
  readonly describe: (row: number) => readonly string[];
  readonly onSelect: (row: number) => void;
  readonly onZoom: (row: number) => void;
}

const steps: Readonly<Record<string, FlameStep>> = {
  ArrowDown: 'in',
  ArrowUp: 'out',
  ArrowRight: 'next',
  ArrowLeft: 'previous',
};

export function FlameGraph(props: FlameGraphProps) {
  const { tree, zoom, selected, comparing, found, theme, label, describe, onSelect, onZoom } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const widthPx = useWidth(frame);
  const [hover, setHover] = useState<{ readonly row: number; readonly x: number; readonly y: number }>();
  const layout = useMemo(() => layOutFlame(tree, { zoom, widthPx }), [tree, zoom, widthPx]);
  const hovered = hover === undefined || hover.row >= tree.length ? -1 : hover.row;

  useEffect(() => {
    const context = canvas.current?.getContext('2d', { alpha: false });
    if (!context || widthPx === 0) return;
    fitCanvas(canvas.current!, widthPx, layout.levels * levelPx);
    drawFlame(context, tree, layout, { theme, comparing, found, selected, hovered });
  }, [tree, layout, widthPx, theme, comparing, found, selected, hovered]);

  const rowUnder = (event: MouseEvent): number =>
    frameAtPoint(layout, Math.floor(event.offsetY / levelPx), event.offsetX);
  const pressKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = steps[event.key];
    const at = selected < 0 ? zoom : selected;
    if (step !== undefined) onSelect(stepInFlame(tree, at, step));
    else if (event.key === 'Enter' || event.key === ' ') onZoom(at);
    else if (event.key === 'Backspace') onZoom(Math.max(0, tree.parent[zoom]!));
    else if (event.key === 'Home') onZoom(0);
    else return;
    event.preventDefault();
  };

  return (
    <div
      class="flame"
      ref={frame}
      role="application"
      aria-label={`${label}. Arrow keys go from frame to frame, Enter zooms in, Backspace out, Home shows all.`}
      aria-describedby="flame-selected"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move through the frames that are drawn in it
      tabIndex={0}
      onKeyDown={pressKey}
    >
      <canvas
        ref={canvas}
        onMouseMove={(event) => {
          const row = rowUnder(event);
          setHover(row < 0 ? undefined : { row, x: event.offsetX, y: event.offsetY });
        }}
        onMouseLeave={() => setHover(undefined)}
        onClick={(event) => {
          const row = rowUnder(event);
          if (row >= 0) onZoom(row);
        }}
      />
      {hover === undefined || hovered < 0 ? undefined : (
        <div
          class="flame-tip"
          style={{
            left: `${Math.min(hover.x + 12, Math.max(0, widthPx - 340))}px`,
            top: `${hover.y + 18}px`,
          }}
        >
          {describe(hovered).map((line, index) =>
            index === 0 ? <strong key={line}>{line}</strong> : <span key={line}>{line}</span>,
          )}
        </div>
      )}
    </div>
  );
}
