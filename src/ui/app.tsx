// The frame around each view: which one, where to, the theme, the keys, and what went wrong while drawing.

import { useEffect, useErrorBoundary, useMemo, useRef, useState } from 'preact/hooks';
import type { CasesAnswer } from '../api/cases.ts';
import type { Client } from './client.ts';
import { Help } from './help.tsx';
import { noKeys, pressKey } from './keyboard.ts';
import { Failed } from './parts/states.tsx';
import { formatRoute, parseRoute, type Route } from './route.ts';
import { TargetLine } from './target-line.tsx';
import { applyTheme, initialTheme } from './theme.ts';
import { AppContext, type App as AppValue } from './use-app.ts';
import type { View } from './view.ts';
import { views } from './views.ts';

export interface AppProps {
  readonly client: Client;
  /** The runs that can be shown, when there are several. */
  readonly cases?: CasesAnswer | undefined;
}

export function App({ client, cases }: AppProps) {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  const [theme, setTheme] = useState(initialTheme);
  const [helpIsOpen, setHelpIsOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const view = views.find(({ id }) => id === route.view) ?? views[0]!;

  useEffect(() => {
    const read = (): void => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', read);
    addEventListener('popstate', read);
    return () => {
      removeEventListener('hashchange', read);
      removeEventListener('popstate', read);
    };
  }, []);
  useEffect(() => applyTheme(theme, false), [theme]);
  useEffect(() => {
    document.title = `${view.title} · leakline`;
    scrollTo(0, 0);
  }, [view.title, route.item]);

  const app = useMemo<AppValue>(
    () => ({
      client,
      route,
      theme,
      go: (next, how = 'push') => {
        if (formatRoute(next) === location.hash) return;
        history[how === 'push' ? 'pushState' : 'replaceState'](null, '', formatRoute(next));
        setRoute(next);
      },
    }),
    [client, route, theme],
  );
  const otherTheme = (): void => {
    const next = theme === 'dark' ? 'light' : 'dark';
    applyTheme(next, true);
    setTheme(next);
  };
  useKeys((intention) => {
    switch (intention.kind) {
      case 'view':
        return app.go(placeOf(views[intention.index]!));
      case 'help':
        return setHelpIsOpen(!helpIsOpen);
      case 'theme':
        return otherTheme();
      case 'close':
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
        return setHelpIsOpen(false);
      case 'search': {
        const field = main.current?.querySelector<HTMLInputElement>('input[type=search]');
        field?.focus();
        return field?.select();
      }
      case 'move':
        return moveFocus(main.current, intention.by);
    }
  });

  return (
    <AppContext.Provider value={app}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <header class="top">
        <a class="brand" href={formatRoute(placeOf(views[0]!))}>
          <Mark /> leakline
        </a>
        <TargetLine cases={cases} />
        <span class="top-tools">
          <button type="button" class="icon" title="Dark or light (t)" onClick={otherTheme}>
            {theme === 'dark' ? '☾' : '☀'}
            <span class="hidden">dark or light</span>
          </button>
          <button type="button" class="icon" title="Keys (?)" onClick={() => setHelpIsOpen(true)}>
            ?<span class="hidden">keys</span>
          </button>
        </span>
      </header>
      <nav class="views" aria-label="Views">
        {views.map((one, index) => (
          <a
            key={one.id}
            href={formatRoute(placeOf(one))}
            aria-current={one === view ? 'page' : undefined}
            title={`${one.about} (${index + 1}, g ${one.key})`}
          >
            {one.title}
          </a>
        ))}
      </nav>
      <main ref={main} tabIndex={-1}>
        <Guarded key={view.id} view={view} />
      </main>
      {helpIsOpen ? <Help close={() => setHelpIsOpen(false)} /> : undefined}
    </AppContext.Provider>
  );
}

const placeOf = (view: View): Route => ({ view: view.id, query: {} });

/** A view that fails to draw costs itself only. */
function Guarded({ view }: { readonly view: View }) {
  const [error, retry] = useErrorBoundary();
  if (error !== undefined) {
    const message = error instanceof Error ? error.message : String(error);
    return (
      <Failed
        message={`This view has a bug: ${message}`}
        advice="The other views still work. Please report it."
        retry={retry}
      />
    );
  }
  const Component = view.component;
  return <Component />;
}

function useKeys(act: (intention: NonNullable<ReturnType<typeof pressKey>['intention']>) => void): void {
  const state = useRef(noKeys);
  const current = useRef(act);
  current.current = act;
  useEffect(() => {
    const keys = views.map(({ key }) => key);
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      const next = pressKey(
        state.current,
        { key: event.key, typing: isTyping(event.target), modified: event.ctrlKey || event.metaKey || event.altKey },
        keys,
      );
      state.current = next.state;
      if (next.intention === undefined) return;
      // Without a list to move in, the arrows scroll as ever.
      if (next.intention.kind !== 'move' || document.querySelector('[data-row]') !== null) event.preventDefault();
      current.current(next.intention);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && /^(?:INPUT|SELECT|TEXTAREA)$/.test(target.tagName);

/** Rows, cards and whatever else can be gone through carries `data-row`. */
function moveFocus(within: HTMLElement | null, by: 1 | -1): void {
  const rows = [...(within?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
  next?.focus();
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#0072b2" />
      <path
        d="M6 24 L13 17 L18 20 L26 8"
        fill="none"
        stroke="#fff"
        stroke-width="3"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
      <circle cx="26" cy="8" r="3" fill="#e69f00" />
    </svg>
  );
}
