// The built pages, read once: a request names one of them or nothing, so that no path can lead anywhere else.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KnownError } from '../base/errors.ts';

export interface Page {
  readonly type: string;
  readonly bytes: Uint8Array;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** By path: `/`, `/app.js`. `here` is the running module; the pages lie beside the bundle, or in dist when run from source. */
export async function readPages(here: string): Promise<ReadonlyMap<string, Page>> {
  const beside = fileURLToPath(new URL('ui/', here));
  const ofSource = fileURLToPath(new URL('../../dist/ui/', here));
  const names = { [beside]: await list(beside), [ofSource]: await list(ofSource) };
  const dir = names[beside]?.includes('app.js') ? beside : ofSource;
  const found = names[dir] ?? [];
  if (!found.includes('index.html'))
    throw new KnownError('E-NO-PAGES', 'the pages of the UI are not built', {
      advice: 'Run `npm run build`, or install leakline again.',
    });
  const pages = new Map<string, Page>();
  for (const name of found) {
    const type = types[path.extname(name)];
    if (type === undefined) continue;
    pages.set(name === 'index.html' ? '/' : `/${name}`, { type, bytes: await readFile(path.join(dir, name)) });
  }
  return pages;
}

async function list(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch {
    return [];
  }
}
