// Frames of a layout onto a canvas. Nothing is computed here that a test would want to know.
import type { Theme } from '../theme.ts';
import { fitText } from './fit-text.ts';
import { css, flamePalettes, growthColour, growthShare } from './flame-colours.ts';
import type { FlameTree } from './flame-tree.ts';
import type { FlameLayout } from './lay-out-flame.ts';

export const levelPx = 19;
const shadesEachWay = 24;
const textPx = 12;
const leastTextPx = 30;
const font = `${textPx}px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace`;
const textColour: Readonly<Record<Theme, string>> = { light: '#14181d', dark: '#f2f4f7' };
const groundColour: Readonly<Record<Theme, string>> = { light: '#ffffff', dark: '#171d24' };

export interface FlameLook {
  readonly theme: Theme;
  /** Colours tell growth; otherwise they tell whose a frame is. */
  readonly comparing: boolean;
  /** By name: 1 for what the search found; undefined without a search. */
  readonly found: Uint8Array | undefined;
  /** Rows that are marked; -1 for none. */
  readonly selected: number;
  readonly hovered: number;
}

export function drawFlame(
  context: CanvasRenderingContext2D,
  tree: FlameTree,
  layout: FlameLayout,
  look: FlameLook,
): void {
  const palette = flamePalettes[look.theme];
  const ratio = devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = groundColour[look.theme];
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.font = font;
  context.textBaseline = 'middle';
  const characterPx = context.measureText('0').width;
  // As many shades as an eye tells apart: a canvas parses each colour that it is given.
  const shades = Array.from({ length: 2 * shadesEachWay + 1 }, (_, at) =>
    growthColour(palette, at / shadesEachWay - 1),
  );
  const plain = { own: css(palette.own), library: css(palette.library), same: css(palette.same) };
  for (let index = 0; index < layout.length; index++) {
    const row = layout.row[index]!;
    const name = tree.name[row]!;
    const x = layout.xPx[index]!;
    const wide = layout.widthPx[index]!;
    const y = layout.level[index]! * levelPx;
    const dimmed = look.found !== undefined && look.found[name] !== 1;
    context.globalAlpha = dimmed ? 0.28 : 1;
    context.fillStyle =
      row === 0
        ? plain.same
        : look.comparing
          ? shades[Math.round((growthShare(tree.before[row]!, tree.after[row]!) + 1) * shadesEachWay)]!
          : tree.own[name] === 1
            ? plain.own
            : plain.library;
    // A gap between neighbours, as long as there is room for one.
    context.fillRect(x, y, wide > 3 ? wide - 1 : wide, levelPx - 1);
    const text = wide < leastTextPx ? '' : fitText(tree.names[name]!, Math.floor((wide - 8) / characterPx));
    if (text !== '') {
      context.fillStyle = textColour[look.theme];
      context.globalAlpha = dimmed ? 0.5 : 1;
      context.fillText(text, x + 4, y + levelPx / 2);
    }
    if (row === look.selected || row === look.hovered) {
      context.globalAlpha = 1;
      context.strokeStyle = textColour[look.theme];
      context.lineWidth = row === look.selected ? 2 : 1;
      context.strokeRect(x + 0.5, y + 0.5, Math.max(1, wide - 2), levelPx - 2);
    }
  }
  context.globalAlpha = 1;
}
