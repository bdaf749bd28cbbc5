// The treemap as a part of a page. What it shows stands in a table beside it, too, which keys and screen readers use.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { HeapTreePage } from '../../report/heap-tree-page.ts';
import { fitCanvas } from '../parts/fit-canvas.ts';
import { useWidth } from '../parts/use-width.ts';
import type { Theme } from '../theme.ts';
import { drawTreemap, treemapHeadPx } from './draw-treemap.ts';
import { cellAt, treemapCells } from './treemap-cells.ts';

export interface TreemapProps {
  readonly page: HeapTreePage;
  readonly theme: Theme;
  readonly onRow: (row: number) => void;
}

const heightOf = (widthPx: number): number => Math.max(260, Math.min(420, Math.round(widthPx * 0.5)));

export function Treemap({ page, theme, onRow }: TreemapProps) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const widthPx = useWidth(frame);
  const [hovered, setHovered] = useState(-1);
  const heightPx = heightOf(widthPx);
  const cells = useMemo(
    () => treemapCells(page, { widthPx, heightPx, headPx: treemapHeadPx }),
    [page, widthPx, heightPx],
  );
  useEffect(() => {
    const context = canvas.current?.getContext('2d', { alpha: false });
    if (!context || widthPx === 0) return;
    fitCanvas(canvas.current!, widthPx, heightPx);
    drawTreemap(context, cells, theme, hovered);
  }, [cells, widthPx, heightPx, theme, hovered]);
  const cell = cells[hovered];
  return (
    <div class="treemap" ref={frame} role="img" aria-label="Treemap of what is held; the table below has the same rows">
      <canvas
        ref={canvas}
        class="treemap-canvas"
        title={cell === undefined ? undefined : `${cell.name}  ${cell.size}`}
        onMouseMove={(event) => setHovered(cellAt(cells, event.offsetX, event.offsetY))}
        onMouseLeave={() => setHovered(-1)}
        onClick={(event) => {
          const chosen = cells[cellAt(cells, event.offsetX, event.offsetY)];
          if (chosen !== undefined && chosen.row >= 0) onRow(chosen.row);
        }}
      />
    </div>
  );
}
