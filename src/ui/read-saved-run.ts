// The run that a report file carries in itself: base64 of gzip of JSON.
import type { SavedRun } from '../api/saved-run.ts';

export async function readSavedRun(base64: string): Promise<SavedRun> {
  const bytes = Uint8Array.from(atob(base64.trim()), (character) => character.charCodeAt(0));
  const unzipped = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return (await new Response(unzipped).json()) as SavedRun;
}
