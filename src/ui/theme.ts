// Dark or light: as the system prefers until a reader says otherwise. Colours are Okabe and Ito's, which people with any
// colour vision tell apart; they stand in style/base.css, and here for what is drawn on a canvas.

export type Theme = 'dark' | 'light';

const storageKey = 'leakline-theme';

/** Storage may be forbidden; then the choice lasts as long as the page. */
export function initialTheme(): Theme {
  const kept = stored();
  if (kept !== undefined) return kept;
  return matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
}

export function applyTheme(theme: Theme, remember: boolean): void {
  document.documentElement.dataset['theme'] = theme;
  if (!remember) return;
  try {
    localStorage.setItem(storageKey, theme);
  } catch {
    // A report opened from a file has no storage in some browsers.
  }
}

function stored(): Theme | undefined {
  try {
    const value = localStorage.getItem(storageKey);
    return value === 'dark' || value === 'light' ? value : undefined;
  } catch {
    return undefined;
  }
}

export interface Colours {
  readonly background: string;
  readonly surface: string;
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  /** For series, in the order in which they are to be used; the next ones repeat. */
  readonly series: readonly string[];
  readonly limit: string;
  readonly grows: string;
  readonly shrinks: string;
}

const okabeIto = ['#e69f00', '#56b4e9', '#009e73', '#cc79a7', '#f0e442', '#0072b2', '#d55e00', '#999999'] as const;

/** @public */
export const colours: Readonly<Record<Theme, Colours>> = {
  dark: {
    background: '#0f1318',
    surface: '#171d24',
    text: '#e6eaf0',
    faint: '#93a0b0',
    grid: '#2a333e',
    series: okabeIto,
    limit: '#ff6b57',
    grows: '#e69f00',
    shrinks: '#56b4e9',
  },
  light: {
    background: '#f5f6f8',
    surface: '#ffffff',
    text: '#171c22',
    faint: '#5a6675',
    grid: '#e1e5ea',
    series: ['#d98200', '#0072b2', '#009e73', '#b3578c', '#b8a800', '#56b4e9', '#d55e00', '#777777'],
    limit: '#c4260f',
    grows: '#d55e00',
    shrinks: '#0072b2',
  },
};
