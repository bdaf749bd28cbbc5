// The manifest of a case file, `leakline.case/1`: what its entries are. Written and read here only; a manifest that does
// not fit is a KnownError that names the field.
import { KnownError } from '../base/errors.ts';
import type { Artefact, ArtefactKind, CaptureCost, CaptureNote } from '../model/artefact.ts';
import type { TargetFacts } from '../model/target.ts';

export const caseSchema = 'leakline.case/1';

export interface CaseManifest {
  readonly schema: typeof caseSchema;
  readonly tool: { readonly name: 'leakline'; readonly version: string };
  readonly target: TargetFacts;
  readonly artefacts: readonly ManifestArtefact[];
  /** Entry name (`source/0`) of each source file, by the path that the profile uses. */
  readonly sources: Readonly<Record<string, string>>;
  readonly notes: readonly CaptureNote[];
  readonly cost: CaptureCost | null;
}

export interface ManifestArtefact extends Omit<Artefact, 'bytes'> {
  /** Name of the zip entry with its bytes. */
  readonly entry: string;
}

const kinds: Readonly<Record<ArtefactKind, true>> = {
  'heap-profile': true,
  'goroutine-profile': true,
  'goroutine-dump': true,
  'goroutineleak-profile': true,
  'threadcreate-profile': true,
  memstats: true,
  expvar: true,
  'process-status': true,
  gctrace: true,
  smaps: true,
  'smaps-rollup': true,
  'cgroup-memory': true,
  'memory-limits': true,
  'thread-list': true,
  'oom-evidence': true,
  'heap-snapshot': true,
  'native-trace': true,
};

/** Checks every field that later steps rely on; `where` names the file in errors. */
export function parseManifest(text: string, where: string): CaseManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new KnownError('E-CASE-MANIFEST', `${where}: manifest.json is not JSON`, { advice: notACase, cause });
  }
  const root = record(value, 'manifest', where);
  if (root['schema'] !== caseSchema) {
    const newer = typeof root['schema'] === 'string' && root['schema'].startsWith('leakline.case/');
    throw new KnownError(
      'E-CASE-SCHEMA',
      `${where}: its schema is ${JSON.stringify(root['schema'])}, expected ${caseSchema}`,
      {
        advice: newer ? 'It was written by another version of leakline: use that version.' : notACase,
      },
    );
  }
  const target = record(root['target'], 'target', where);
  textOf(target['label'], 'target.label', where);
  textOf(target['kind'], 'target.kind', where);
  const artefacts = list(root['artefacts'], 'artefacts', where).map((item, row) => parseArtefact(item, row, where));
  const sources = Object.entries(record(root['sources'], 'sources', where));
  for (const [path, entry] of sources) textOf(entry, `sources[${path}]`, where);
  const notes = list(root['notes'], 'notes', where).map((item, row) => {
    const note = record(item, `notes[${row}]`, where);
    return {
      atMs: number(note['atMs'], `notes[${row}].atMs`, where),
      message: textOf(note['message'], `notes[${row}].message`, where),
    };
  });
  const tool = record(root['tool'], 'tool', where);
  return {
    schema: caseSchema,
    tool: { name: 'leakline', version: textOf(tool['version'], 'tool.version', where) },
    // Its fields are shown, never computed with: kind and label were checked, the rest is as written.
    target: target as unknown as TargetFacts,
    artefacts,
    sources: Object.fromEntries(sources) as Record<string, string>,
    notes,
    cost: root['cost'] === null ? null : parseCost(root['cost'], where),
  };
}

const notACase = 'This is no case file of `leakline capture`, or it was changed by hand.';

function parseArtefact(item: unknown, row: number, where: string): ManifestArtefact {
  const at = `artefacts[${row}]`;
  const artefact = record(item, at, where);
  const kind = textOf(artefact['kind'], `${at}.kind`, where);
  if (!Object.hasOwn(kinds, kind)) throw wrong(`${at}.kind`, 'a known kind of artefact', where);
  if (typeof artefact['forcedGc'] !== 'boolean') throw wrong(`${at}.forcedGc`, 'true or false', where);
  return {
    kind: kind as ArtefactKind,
    name: textOf(artefact['name'], `${at}.name`, where),
    atMs: number(artefact['atMs'], `${at}.atMs`, where),
    capture: number(artefact['capture'], `${at}.capture`, where),
    incarnation: number(artefact['incarnation'], `${at}.incarnation`, where),
    forcedGc: artefact['forcedGc'],
    entry: textOf(artefact['entry'], `${at}.entry`, where),
  };
}

function parseCost(value: unknown, where: string): CaptureCost {
  const cost = record(value, 'cost', where);
  return {
    requests: number(cost['requests'], 'cost.requests', where),
    forcedGcs: number(cost['forcedGcs'], 'cost.forcedGcs', where),
    bytesReceived: number(cost['bytesReceived'], 'cost.bytesReceived', where),
  };
}

function record(value: unknown, field: string, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'an object', where);
  return value as Record<string, unknown>;
}

function list(value: unknown, field: string, where: string): unknown[] {
  if (!Array.isArray(value)) throw wrong(field, 'a list', where);
  return value;
}

function textOf(value: unknown, field: string, where: string): string {
  if (typeof value !== 'string') throw wrong(field, 'a text', where);
  return value;
}

function number(value: unknown, field: string, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(field, 'a number', where);
  return value;
}

function wrong(field: string, expected: string, where: string): KnownError {
  return new KnownError('E-CASE-MANIFEST', `${where}: manifest.json: ${field} is not ${expected}`, {
    advice: notACase,
  });
}
