// Captures of a drawn recording: times in minutes, stacks as `main>serve>handle 4096`, numbers by name.
import type { Artefact } from '../../src/model/artefact.ts';
import type { RecordedCapture, RecordedHeap } from '../../src/model/recording.ts';
import { createStackTableBuilder, noStack, type StackTable } from '../../src/model/stacks.ts';

export const dayMs = 1_800_000_000_000;
export const minutes = (count: number): number => dayMs + count * 60_000;

/** In-use bytes a stack, outermost function first. */
export function drawHeap(values: Readonly<Record<string, number>>): RecordedHeap {
  const builder = createStackTableBuilder();
  const rows = Object.keys(values).map((stack) =>
    stack
      .split('>')
      .reduce(
        (prefix, name) => builder.internStack(prefix, builder.internFrame(name, `/app/${name}.go`, name.length)),
        noStack,
      ),
  );
  return {
    stacks: builder.finish(),
    rows: Int32Array.from(rows),
    columns: {
      'inuse-bytes': Float64Array.from(Object.values(values)),
      'inuse-objects': Float64Array.from(Object.values(values), (bytes) => bytes / 16),
    },
  };
}

/** `main>serve>handle` of a row. */
export function spellStack(stacks: StackTable, row: number): string {
  const names: string[] = [];
  for (let at = row; at !== noStack; at = stacks.prefix[at]!)
    names.unshift(stacks.frames.functionName[stacks.frame[at]!]!);
  return names.join('>');
}

export interface DrawnCapture {
  readonly minute?: number;
  readonly incarnation?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly heap?: Readonly<Record<string, number>>;
  /** Text of an artefact by its file name; the kind is guessed from it. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

export function drawCapture(index: number, drawn: DrawnCapture = {}): RecordedCapture {
  const atMs = minutes(drawn.minute ?? index);
  const incarnation = drawn.incarnation ?? 0;
  return {
    index,
    atMs,
    incarnation,
    metrics: new Map(Object.entries(drawn.metrics ?? {})),
    heap: drawn.heap === undefined ? undefined : drawHeap(drawn.heap),
    artefacts: Object.entries(drawn.files ?? {}).map(
      ([file, content]): Artefact => ({
        kind: file.startsWith('heap.')
          ? 'heap-profile'
          : file.startsWith('snapshot')
            ? 'heap-snapshot'
            : 'process-status',
        name: `${String(index).padStart(4, '0')}/${file}`,
        atMs,
        capture: index,
        incarnation,
        forcedGc: false,
        bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
      }),
    ),
  };
}
