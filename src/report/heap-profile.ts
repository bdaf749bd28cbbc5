// A heap whose stacks are reference ways, as a pprof profile: flame graph tools then show who leads to what. The root is
// the outermost frame, an object the leaf; an object that has several ways is counted on the one that was found first.
import type { HeapWalk } from '../model/heap-graph.ts';
import { type FoldedTree, foldedRowKinds, type Retention } from '../model/retention.ts';
import { createStackTableBuilder, noStack, type StackIndex } from '../model/stacks.ts';
import { encodeGrowthProfile } from './encode-pprof.ts';
import { anyIndex } from './heap-tree.ts';

/** Protobuf bytes, not zipped. `paths` is the tree of ways (`foldWays`) along `parent`, not that of who retains what. */
export function encodeHeapProfile(
  { names, takenAtMs }: HeapWalk,
  { tree, types }: Pick<Retention, 'tree' | 'types'>,
  paths: FoldedTree,
  parent: Int32Array,
  comment: string,
): Uint8Array {
  const { groups } = tree;
  const builder = createStackTableBuilder();
  const stackOf = new Int32Array(paths.length).fill(noStack);
  const rows: number[] = [];
  const objects: number[] = [];
  const bytes: number[] = [];
  for (let row = 1; row < paths.length; row++) {
    const { name, file, line } = frameOf(row);
    stackOf[row] = builder.internStack(stackOf[paths.above[row]!] as StackIndex, builder.internFrame(name, file, line));
    if (paths.ownObjects[row] === 0) continue;
    rows.push(stackOf[row]!);
    objects.push(paths.ownObjects[row]!);
    bytes.push(paths.ownBytes[row]!);
  }
  return encodeGrowthProfile({
    stacks: builder.finish(),
    rows,
    deltaObjects: objects,
    deltaBytes: bytes,
    timeMs: takenAtMs,
    durationMs: 0,
    periodBytes: 0,
    comments: [comment],
  });

  function frameOf(row: number): { name: string; file: string; line: number } {
    const what = paths.what[row]!;
    switch (foldedRowKinds[paths.kind[row]!]!) {
      case 'group': {
        const created = groups.createdAt[what];
        return {
          name: `${groups.kind[what]} ${groups.name[what]}`,
          file: created?.file ?? '',
          line: created?.line ?? 0,
        };
      }
      case 'frame':
        return { name: `in ${paths.frameNames[what]}`, file: '', line: 0 };
      case 'type': {
        const node = paths.example[row]!;
        const label = anyIndex(names.referenceLabel(parent[node]!, node));
        return { name: `${label === '' ? '' : `${label} `}${types.name[what]}`, file: '', line: 0 };
      }
      default:
        return { name: 'objects of unknown type', file: '', line: 0 };
    }
  }
}
