// Gathers the places that keep a value while it is followed, and says at the end which of them count: what stands in a
// variable that dies with its function does not, when the same value is also kept by something that lives on.
import type { Keep, KeepKind, SourceSite } from '../model/source-facts.ts';
import { namesExisting } from './names-existing.ts';
import type { Place, Places } from './places.ts';
import type { Program } from './program.ts';
import { type KeptPlace, regrowthOf } from './regrowth.ts';
import { contains, loopAround, type Syntax, statementOf } from './syntax.ts';
import type { Keeps, Trail } from './trail.ts';

/** These hold one object; when a container in it grows, the container is still the keeper. */
const holdsOne = new Set<KeepKind>(['global-assign', 'field-assign', 'goroutine-capture', 'defer-closure']);

interface Gathered extends Omit<Keep, 'regrowth'> {
  /** Where it is kept, for questions that only few keeps are asked. */
  readonly place: KeptPlace | undefined;
  /** Ends with its function, as far as its container goes. */
  readonly weak: boolean;
  /** Its container is made anew in each turn of the loop that fills it: nothing piles up in it. */
  readonly fresh: boolean;
  readonly inside: readonly number[];
}

export function createKeeps(program: Program, places: Places): Keeps {
  const gathered: Gathered[] = [];

  const isLocal = (container: Syntax | undefined): boolean => {
    if (container === undefined) return false;
    const root = places.rootOf(container);
    return (
      root !== undefined && (root.kind === 'local' || root.kind === 'result') && !namesExisting(program, places, root)
    );
  };
  const isFresh = (container: Syntax | undefined, keepAt: Syntax): boolean => {
    const root = container === undefined ? undefined : places.rootOf(container);
    if (root?.kind !== 'local' || !isLocal(container)) return false;
    const loop = loopAround(root.declaration);
    return loop !== undefined && contains(loop, keepAt);
  };
  const known = new Map<Syntax, number>();
  const add = (kind: KeepKind, node: Syntax, container: Syntax | undefined, trail: Trail): number => {
    // Reached on two ways it is still one keep.
    const before = known.get(node);
    if (before !== undefined && gathered[before]!.kind === kind && gathered[before]!.transforms.length > 0)
      return before;
    known.set(node, gathered.length);
    const place: Place | undefined = container === undefined ? undefined : places.placeOf(container);
    const site: SourceSite = program.siteOf(node.kind === 'func_literal' ? statementOf(node) : node);
    const fn = program.functionAround(node);
    gathered.push({
      kind,
      site,
      container: container === undefined ? undefined : places.containerOf(container),
      removals: place === undefined ? [] : places.removalsOf(place),
      bounds: place === undefined ? [] : places.boundsOf(place),
      transforms: trail.transforms,
      inLoop: loopAround(node) !== undefined,
      // A chain in a variable is one because it gets longer in a loop.
      weak: kind !== 'linked' && isLocal(container) && !(fn !== undefined && neverEnds(fn.body)),
      fresh: isFresh(container, node),
      inside: trail.inside ?? [],
      place: container === undefined ? undefined : { kind, container, path: trail.path },
    });
    return gathered.length - 1;
  };
  return {
    add,
    addIfOutliving(kind, node, container, trail) {
      if (!isLocal(container)) add(kind, node, container, trail);
    },
    finish() {
      const outer = new Set<number>();
      for (const keep of gathered) {
        if (keep.weak) continue;
        for (const id of keep.inside) {
          // Out of a channel is out of it, wherever the value goes.
          if (!holdsOne.has(keep.kind) || gathered[id]!.kind === 'channel-send') outer.add(id);
        }
      }
      const anyStrong = gathered.some((keep) => !keep.weak);
      const seen = new Set<string>();
      const isFirst = (keep: Gathered): boolean => {
        const key = `${keep.kind} ${keep.site.file}:${keep.site.line} ${keep.container?.name ?? ''}`;
        return !seen.has(key) && seen.add(key).has(key);
      };
      return gathered
        .filter((keep, id) => !outer.has(id) && !keep.fresh && !(anyStrong && keep.weak) && isFirst(keep))
        .map(({ weak: _weak, fresh: _fresh, inside: _inside, place, ...keep }) => ({
          ...keep,
          regrowth:
            place === undefined || !keep.transforms.some((transform) => transform.kind === 'subslice')
              ? 'perhaps'
              : regrowthOf(program, places, place),
        }));
    },
  };
}

/** The function is a loop without end: its variables live as long as the program. */
export function neverEnds(body: Syntax): boolean {
  const statements = body.children.flatMap((child) => (child.kind === 'statement_list' ? child.children : [child]));
  return statements.some(
    (statement) =>
      (statement.kind === 'for_statement' && statement.children.every((child) => child.field === 'body')) ||
      (statement.kind === 'select_statement' && statement.children.length === 0),
  );
}
