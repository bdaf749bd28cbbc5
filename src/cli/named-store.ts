// A store as a target: `store:ID` of the user's own store, `store:DIR/ID`, or the folder of a store.
import path from 'node:path';
import { defaultStorePlace, isStore } from '../store/open-store.ts';
import type { CliIo } from './io.ts';

export interface NamedStore {
  readonly place: string;
  /** undefined: no recording was named. */
  readonly id: string | undefined;
}

/** Undefined when the words name something else. No word at all is the user's own store, when there is one. */
export async function namedStore(words: readonly string[], io: CliIo): Promise<NamedStore | undefined> {
  const [word] = words;
  if (words.length > 1) return undefined;
  const own = defaultStorePlace(io.env, io.home);
  if (word === undefined) return (await isStore(own)) ? { place: own, id: undefined } : undefined;
  if (word.startsWith('store:')) {
    const name = word.slice('store:'.length);
    const slash = name.lastIndexOf('/');
    const id = name.slice(slash + 1);
    return {
      place: slash < 0 ? own : path.resolve(io.cwd, name.slice(0, slash)),
      id: id === '' ? undefined : id,
    };
  }
  const place = path.resolve(io.cwd, word);
  return (await isStore(place)) ? { place, id: undefined } : undefined;
}
