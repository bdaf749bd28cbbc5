// Which key does what. Pure: from keys to an intention; the app carries it out.

export type Intention =
  | { readonly kind: 'view'; readonly index: number }
  | { readonly kind: 'help' | 'search' | 'theme' | 'close' }
  | { readonly kind: 'move'; readonly by: 1 | -1 };

export interface KeyPress {
  readonly key: string;
  /** A field that takes text has the focus: only Escape is ours. */
  readonly typing: boolean;
  /** Ctrl, Alt or Meta: the browser's own. */
  readonly modified: boolean;
}

/** `g` begins a sequence; the letters after it are the views' keys. */
export interface KeyState {
  readonly after: 'g' | undefined;
}

export const noKeys: KeyState = { after: undefined };

/** `viewKeys` in the order of the views. */
export function pressKey(
  state: KeyState,
  press: KeyPress,
  viewKeys: readonly string[],
): { readonly state: KeyState; readonly intention: Intention | undefined } {
  const done = (intention: Intention | undefined) => ({ state: noKeys, intention });
  if (press.modified) return done(undefined);
  if (press.key === 'Escape') return done({ kind: 'close' });
  if (press.typing) return done(undefined);
  if (state.after === 'g') {
    const index = viewKeys.indexOf(press.key);
    return done(index < 0 ? undefined : { kind: 'view', index });
  }
  if (/^[1-9]$/.test(press.key)) {
    const index = Number(press.key) - 1;
    return done(index < viewKeys.length ? { kind: 'view', index } : undefined);
  }
  switch (press.key) {
    case 'g':
      return { state: { after: 'g' }, intention: undefined };
    case '?':
      return done({ kind: 'help' });
    case '/':
      return done({ kind: 'search' });
    case 't':
      return done({ kind: 'theme' });
    case 'j':
    case 'ArrowDown':
      return done({ kind: 'move', by: 1 });
    case 'k':
    case 'ArrowUp':
      return done({ kind: 'move', by: -1 });
    default:
      return done(undefined);
  }
}
