// A case file → the case. The file may come from anybody: entries, sizes and names are checked before memory is taken,
// and nothing is ever written to disk. Source of the format: PKWARE APPNOTE 6.3, read by yauzl from the central directory.
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { KnownError } from '../base/errors.ts';
import type { Artefact } from '../model/artefact.ts';
import type { Case } from '../model/case.ts';
import { type CaseManifest, parseManifest } from './case-manifest.ts';

export interface CaseFileLimits {
  readonly entries: number;
  readonly manifestBytes: number;
  /** Of one entry, unpacked. */
  readonly entryBytes: number;
  /** Of all entries, unpacked. */
  readonly totalBytes: number;
}

export const caseFileLimits: CaseFileLimits = {
  entries: 20_000,
  manifestBytes: 64 << 20,
  entryBytes: 1 << 30,
  totalBytes: 2 ** 31,
};

/** Throws KnownError for anything that is not a whole case file within the limits. */
export async function readCaseFile(path: string, limits: CaseFileLimits = caseFileLimits): Promise<Case> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true });
  } catch (cause) {
    throw openFailure(path, cause);
  }
  try {
    const entries = await listEntries(zip, path, limits);
    const manifestEntry = entries.get('manifest.json');
    if (manifestEntry === undefined)
      throw new KnownError('E-CASE-MANIFEST', `${path}: this zip has no manifest.json`, {
        advice: 'It is no case file of `leakline capture`. A zip of profiles must be unpacked: leakline DIRECTORY.',
      });
    if (manifestEntry.uncompressedSize > limits.manifestBytes) throw tooBig(path, 'its manifest', limits.manifestBytes);
    const manifest = parseManifest(new TextDecoder().decode(await readEntry(zip, manifestEntry, path)), path);
    return await readContent(zip, entries, manifest, path);
  } finally {
    zip.close();
  }
}

async function readContent(
  zip: ZipFile,
  entries: ReadonlyMap<string, Entry>,
  manifest: CaseManifest,
  path: string,
): Promise<Case> {
  // An entry is read once, however often the manifest names it: its size is counted once against the limit.
  const used = new Set<string>();
  const bytesOf = async (name: string): Promise<Uint8Array> => {
    const entry = entries.get(name);
    if (entry === undefined || used.has(name))
      throw new KnownError(
        'E-CASE-ENTRY',
        `${path}: the manifest names ${name}, which is ${entry === undefined ? 'missing' : 'named twice'}`,
        {
          advice: 'The file was changed after it was written: capture again.',
        },
      );
    used.add(name);
    return readEntry(zip, entry, path);
  };
  const artefacts: Artefact[] = [];
  for (const { entry, ...facts } of manifest.artefacts) artefacts.push({ ...facts, bytes: await bytesOf(entry) });
  const sources = new Map<string, string>();
  for (const [name, entry] of Object.entries(manifest.sources))
    sources.set(name, new TextDecoder().decode(await bytesOf(entry)));
  return { target: manifest.target, artefacts, sources, notes: manifest.notes, cost: manifest.cost ?? undefined };
}

async function listEntries(zip: ZipFile, path: string, limits: CaseFileLimits): Promise<Map<string, Entry>> {
  if (zip.entryCount > limits.entries)
    throw new KnownError('E-CASE-LIMIT', `${path}: ${zip.entryCount} entries, more than ${limits.entries}`, {
      advice: notOurs,
    });
  const entries = new Map<string, Entry>();
  let totalBytes = 0;
  try {
    // yauzl itself refuses absolute names, backslashes and `..`.
    for await (const entry of zip.eachEntry()) {
      if (entries.has(entry.fileName))
        throw new KnownError('E-CASE-ENTRY', `${path}: the entry ${entry.fileName} is there twice`, {
          advice: notOurs,
        });
      if (entry.uncompressedSize > limits.entryBytes) throw tooBig(path, entry.fileName, limits.entryBytes);
      // Deflate cannot pack better than 1032 to 1: a directory that promises more is made up.
      if (entry.uncompressedSize > entry.compressedSize * 1040 + 64)
        throw damaged(path, new Error(`${entry.fileName} cannot be that large`));
      totalBytes += entry.uncompressedSize;
      if (totalBytes > limits.totalBytes) throw tooBig(path, 'its content', limits.totalBytes);
      entries.set(entry.fileName, entry);
    }
  } catch (error) {
    throw error instanceof KnownError ? error : damaged(path, error);
  }
  return entries;
}

/** Reads at most the size that the directory promises; yauzl ends the stream with an error when it is another. */
async function readEntry(zip: ZipFile, entry: Entry, path: string): Promise<Uint8Array> {
  if (entry.isEncrypted())
    throw new KnownError('E-CASE-ENTRY', `${path}: ${entry.fileName} is encrypted`, { advice: notOurs });
  const bytes = new Uint8Array(entry.uncompressedSize);
  let at = 0;
  try {
    const stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array) || at + chunk.length > bytes.length)
        throw new Error('an entry is longer than its directory says');
      bytes.set(chunk, at);
      at += chunk.length;
    }
  } catch (error) {
    throw damaged(path, error);
  }
  if (at !== bytes.length || crc32(bytes) !== entry.crc32)
    throw damaged(path, new Error(`${entry.fileName} has another checksum`));
  return bytes;
}

const notOurs = 'It was not written by `leakline capture`.';

function tooBig(path: string, what: string, limit: number): KnownError {
  return new KnownError('E-CASE-LIMIT', `${path}: ${what} unpacks to more than ${limit} bytes`, { advice: notOurs });
}

function damaged(path: string, cause: unknown): KnownError {
  return new KnownError(
    'E-CASE-DAMAGED',
    `${path}: the case file is damaged: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      advice: 'Copy it again in binary mode, or capture again.',
      cause,
    },
  );
}

function openFailure(path: string, cause: unknown): KnownError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT')
    return new KnownError('E-CASE-FILE', `there is no file ${path}`, { advice: 'Check the path.', cause });
  if (typeof code === 'string') return new KnownError('E-CASE-FILE', `${path} cannot be read (${code})`, { cause });
  return new KnownError('E-CASE-DAMAGED', `${path} is not a whole zip file: its directory at the end is missing`, {
    advice: 'It was cut off while it was copied or downloaded, or it is no case file: copy it again.',
    cause,
  });
}
