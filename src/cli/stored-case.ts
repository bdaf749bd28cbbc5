// A recording as the target of a diagnosis: a store names it, or holds one case only.
import { UsageError } from '../base/errors.ts';
import type { Case } from '../model/case.ts';
import { openStore } from '../store/open-store.ts';
import type { CliIo } from './io.ts';
import { type NamedStore, namedStore } from './named-store.ts';

/** Enough for trends and shapes, and read in a second. */
const capturesPerIncarnation = 60;

/** Undefined when the words name something else. Throws KnownError when the store or its case cannot be read. */
export async function storedCase(words: readonly string[], io: CliIo): Promise<Case | undefined> {
  if (words.length === 0) return undefined;
  const named = await namedStore(words, io);
  return named === undefined ? undefined : loadFrom(named);
}

async function loadFrom({ place, id }: NamedStore): Promise<Case> {
  const store = await openStore(place, { mode: 'read' });
  try {
    return await store.loadCase(id ?? (await onlyCase()), { capturesPerIncarnation });
  } finally {
    await store.close();
  }

  async function onlyCase(): Promise<string> {
    const cases = await store.cases();
    if (cases.length === 1) return cases[0]!.id;
    const names = cases.slice(0, 5).map((each) => `store:${place}/${each.id} (${each.target.label})`);
    throw new UsageError(
      `the store ${place} holds ${cases.length} cases`,
      cases.length === 0 ? 'Record one with `leakline watch TARGET`.' : `Name one: ${names.join(', ')}.`,
    );
  }
}
