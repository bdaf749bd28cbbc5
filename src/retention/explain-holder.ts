// Who holds what grows, in the words of a finding: the root, the way from it, and how much is retained.
import { type HeapWalk, none } from '../model/heap-graph.ts';
import type { Retention } from '../model/retention.ts';
import { explainSubject, type ObjectSubject } from './explain-subject.ts';

/** What a diagnosis says of a holder (`Holder` in diagnosis/finding.ts), and how well it fits. */
export interface HolderExplanation {
  /** `global main.cache`, `goroutine main.worker`. */
  readonly root: string;
  /** From below the root to the objects: `.sessions map[string]*main.Session`. */
  readonly path: readonly string[];
  /** By the last step of the way without which the objects would be free. */
  readonly retainedBytes: number;
  /** Share of the bytes of all objects asked about that are held in this way. */
  readonly share: number;
  /** False: there are ways around every step but the objects themselves, or not all ways were looked at. */
  readonly isOnly: boolean;
}

/**
 * The way on which most bytes of a type or of given objects are held. Undefined when there are no such objects. What is
 * retained is that of the outermost dominator on the way: taking it away frees the objects and what else hangs on it.
 */
export function explainHolder(
  walk: HeapWalk,
  retention: Retention,
  subject: ObjectSubject,
): HolderExplanation | undefined {
  const explanation = explainSubject(walk, retention, subject, 1);
  const way = explanation.ways[0];
  if (way === undefined) return undefined;
  const [root, ...steps] = way.path;
  if (root === undefined) return undefined;
  const { groups } = retention.tree;
  const members = way.group === none ? 1 : groups.members[way.group]!;
  const outermost = way.path.find((step) => step.onEveryPath === true);
  const isGroup = outermost === root && way.group !== none;
  return {
    root: `${root.kind === 'object' ? 'object' : root.kind} ${root.name}${members > 1 ? ` (one of ${members})` : ''}`,
    path: steps.map((step) => `${step.label === '' ? '' : `${step.label} `}${step.name}`),
    retainedBytes: isGroup
      ? retention.tops.retainedBytes[way.group]!
      : (outermost?.retainedBytes ?? way.path.at(-1)!.retainedBytes),
    share: explanation.bytes === 0 ? 1 : way.bytes / explanation.bytes,
    isOnly: outermost !== undefined && outermost !== way.path.at(-1),
  };
}
