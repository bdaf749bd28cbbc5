// What every view may use: its values, the place in the URL, and how to go elsewhere.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Client } from './client.ts';
import type { Route } from './route.ts';
import type { Theme } from './theme.ts';

export interface App {
  readonly client: Client;
  readonly route: Route;
  /** `replace` leaves no step for the back button: for what changes with each key. */
  readonly go: (route: Route, how?: 'push' | 'replace') => void;
  readonly theme: Theme;
}

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error('a view is drawn outside of the app');
  return app;
}
