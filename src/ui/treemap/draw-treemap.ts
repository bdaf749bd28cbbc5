// Cells of a treemap onto a canvas: a name, a size, and what is inside. Nothing is computed here that a test would want.
import type { Theme } from '../theme.ts';
import type { TreemapCell } from './treemap-cells.ts';

const textColour: Readonly<Record<Theme, string>> = { light: '#14181d', dark: '#f2f4f7' };
const groundColour: Readonly<Record<Theme, string>> = { light: '#ffffff', dark: '#171d24' };
/** By kind of holder; the same hues as elsewhere, told apart by name, too. */
const kindColour: Readonly<Record<Theme, Readonly<Record<string, string>>>> = {
  light: {
    goroutine: '#f3c78a',
    global: '#a9d3f0',
    shared: '#e4bcd4',
    frame: '#f3c78a',
    type: '#b5dfcf',
    other: '#e0e3e7',
  },
  dark: {
    goroutine: '#7a5416',
    global: '#1d5476',
    shared: '#6b3f5a',
    frame: '#7a5416',
    type: '#1f5a49',
    other: '#39424d',
  },
};

export const treemapHeadPx = 20;
const fontOf = (bold: boolean): string =>
  `${bold ? '600 ' : ''}12px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace`;

export function drawTreemap(
  context: CanvasRenderingContext2D,
  cells: readonly TreemapCell[],
  theme: Theme,
  hovered: number,
): void {
  const ratio = devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = groundColour[theme];
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.textBaseline = 'middle';
  context.font = fontOf(false);
  const characterPx = context.measureText('0').width;
  cells.forEach((cell, index) => {
    const { x, y, width, height, depth } = cell;
    if (width < 1 || height < 1) return;
    context.globalAlpha = depth === 0 ? 1 : 0.55;
    context.fillStyle =
      depth === 0 ? (kindColour[theme][cell.kind] ?? kindColour[theme]['type']!) : groundColour[theme];
    context.fillRect(x, y, Math.max(1, width - 1), Math.max(1, height - 1));
    context.globalAlpha = 1;
    const room = Math.floor((width - 8) / characterPx);
    if (height < 14 || room < 4) return;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.fillStyle = textColour[theme];
    context.font = fontOf(depth === 0);
    const lineAt = y + (depth === 0 ? treemapHeadPx / 2 : Math.min(height / 2, 10));
    const size = `  ${cell.size}`;
    const text = cell.name.length + size.length <= room ? cell.name + size : shorten(cell.name, room);
    context.fillText(text, x + 4, lineAt);
    context.restore();
    if (index === hovered) {
      context.strokeStyle = textColour[theme];
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, width - 3, height - 3);
    }
  });
}

const shorten = (text: string, characters: number): string =>
  text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
