// Colours of frames. Growth and shrinkage are orange and blue (safe for all common kinds of colour blindness), grey in
// the middle; without a comparison a frame of the program is warm, one of a library or of Go's own cool.

export type Rgb = readonly [number, number, number];

export interface FlamePalette {
  readonly grown: Rgb;
  readonly shrunk: Rgb;
  readonly same: Rgb;
  readonly own: Rgb;
  readonly library: Rgb;
}

/** Ends after Okabe and Ito's palette (vermilion, blue); fills are light enough for dark text, or dark enough for light. */
export const flamePalettes: Readonly<Record<'light' | 'dark', FlamePalette>> = {
  light: {
    grown: [233, 122, 50],
    shrunk: [86, 160, 222],
    same: [224, 224, 220],
    own: [240, 190, 110],
    library: [205, 214, 224],
  },
  dark: { grown: [190, 84, 18], shrunk: [22, 98, 158], same: [66, 70, 76], own: [140, 96, 30], library: [62, 76, 92] },
};

/** -1: all of it is gone; 0: as before; 1: all of it is new. */
export function growthShare(before: number, after: number): number {
  const larger = Math.max(Math.abs(before), Math.abs(after));
  return larger === 0 ? 0 : Math.max(-1, Math.min(1, (after - before) / larger));
}

export function growthColour(palette: FlamePalette, share: number): string {
  return css(mix(palette.same, share < 0 ? palette.shrunk : palette.grown, Math.abs(share)));
}

export const css = ([red, green, blue]: Rgb): string => `rgb(${red},${green},${blue})`;

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2): number => Math.round(from[index] + (to[index] - from[index]) * share);
  return [at(0), at(1), at(2)];
}
