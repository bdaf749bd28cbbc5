// A case → one file that any machine can analyse: a zip with manifest.json, the artefacts under their names and the
// source files as source/N. Written beside its place and renamed, so that a half-written file never has the name.
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { CaptureError } from '../base/errors.ts';
import type { Case } from '../model/case.ts';
import { type CaseManifest, caseSchema } from './case-manifest.ts';

/** Throws CaptureError when the place cannot be written. */
export async function writeCaseFile(path: string, content: Case, toolVersion: string): Promise<void> {
  const zip = new ZipFile();
  const entries = artefactEntries(content);
  const sources = [...content.sources];
  const manifest: CaseManifest = {
    schema: caseSchema,
    tool: { name: 'leakline', version: toolVersion },
    target: content.target,
    artefacts: content.artefacts.map(({ bytes: _, ...facts }, row) => ({ ...facts, entry: entries[row]! })),
    sources: Object.fromEntries(sources.map(([name], row) => [name, `source/${row}`])),
    notes: content.notes,
    cost: content.cost ?? null,
  };
  // First, so that a reader need not look through the rest; the date of entries is fixed: equal cases, equal files.
  const mtime = new Date(Date.UTC(1980, 0, 1));
  zip.addBuffer(Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`), 'manifest.json', { mtime });
  for (const [row, artefact] of content.artefacts.entries()) {
    const { bytes } = artefact;
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    zip.addBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), entries[row]!, {
      mtime,
      compress: !packed,
    });
  }
  for (const [row, [, text]] of sources.entries()) zip.addBuffer(Buffer.from(text), `source/${row}`, { mtime });
  zip.end();
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await pipeline(zip.outputStream, createWriteStream(temporary, { flags: 'w' }));
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new CaptureError(
      'E-CASE-WRITE',
      `the case file ${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        advice: 'Check that the directory exists, may be written and has space.',
        cause,
      },
    );
  }
}

/** Names that are safe in any zip reader and different: files given by the user may be called anything. */
function artefactEntries(content: Case): string[] {
  const used = new Set<string>();
  return content.artefacts.map((artefact, row) => {
    const safe =
      /^\d{4}\/[\w.-]{1,80}$/.test(artefact.name) && !artefact.name.includes('..') && !used.has(artefact.name);
    const base = artefact.name
      .replace(/^.*[/\\]/, '')
      .replace(/[^\w.-]/g, '_')
      .slice(-80);
    const entry = safe ? artefact.name : `artefact/${row}-${base}`;
    used.add(entry);
    return entry;
  });
}
