// What rules of the scan ask about one package, computed once: its nodes by kind in one pass over the trees, and the
// answers that need more when a rule first asks for them.
import type { TimerAnswer } from '../../model/go-version.ts';
import { calledName } from '../calls.ts';
import type { GoFunction } from '../go-function.ts';
import { createPlaces, type Places } from '../places.ts';
import type { GoPackage, Program } from '../program.ts';
import { type Acquisition, acquisitionBy } from '../resources.ts';
import { type Syntax, textOf, walk } from '../syntax.ts';
import { type LongLivedContainer, longLivedContainers } from './containers.ts';

export interface PackageFacts {
  readonly program: Program;
  readonly package: GoPackage;
  readonly places: Places;
  /** What the package is compiled for. */
  readonly goVersion: string | undefined;
  /** Whether unreferenced timers and tickers are collected, by go.mod and the toolchain. */
  readonly timersAreCollected: TimerAnswer;
  /** Every node of this kind, in the order of the files. Only kinds of `indexedKinds`. */
  nodes(kind: IndexedKind): readonly Syntax[];
  /** Calls by the last name of what is called: `delete`, `Notify`, `Put`. */
  callsNamed(name: string): readonly Syntax[];
  /** Calls that acquire something to give back, computed when first asked for. */
  acquisitions(): readonly AcquiringCall[];
  /** Where a function or method of this name is called or referred to; its declarations are not among them. */
  mentions(name: string): readonly Syntax[];
  /** Long-lived maps, slices and lists that get something, with all that the package does to them. */
  containers(): readonly LongLivedContainer[];
  /** The answer of `find` for this package, found when first asked for. */
  once<T>(key: string, find: () => T): T;
  /** Innermost function around a node; undefined at package level. */
  functionOf(node: Syntax): GoFunction | undefined;
}

export interface AcquiringCall {
  readonly call: Syntax;
  readonly acquisition: Acquisition;
}

export const indexedKinds = [
  'assignment_statement',
  'call_expression',
  'composite_literal',
  'defer_statement',
  'for_statement',
  'func_literal',
  'go_statement',
  'index_expression',
  'range_clause',
  'return_statement',
  'select_statement',
  'send_statement',
  'short_var_declaration',
  'slice_expression',
  'unary_expression',
  'var_spec',
] as const;

export type IndexedKind = (typeof indexedKinds)[number];

export interface PackageVersion {
  readonly goVersion: string | undefined;
  readonly timersAreCollected: TimerAnswer;
}

export function packageFactsOf(program: Program, pkg: GoPackage, version: PackageVersion): PackageFacts {
  const declared = new Set(pkg.functions.map((fn) => fn.name));
  const mentions = new Map<string, Syntax[]>();
  const byKind = new Map<string, Syntax[]>(indexedKinds.map((kind) => [kind, []]));
  const byName = new Map<string, Syntax[]>();
  for (const file of pkg.files) {
    for (const node of walk(file.root)) {
      byKind.get(node.kind)?.push(node);
      if (node.kind === 'call_expression') add(byName, calledName(node), node);
      if ((node.kind === 'identifier' || node.kind === 'field_identifier') && node.field !== 'name') {
        const name = textOf(node);
        if (declared.has(name)) add(mentions, name, node.kind === 'field_identifier' ? (node.parent ?? node) : node);
      }
    }
  }
  let acquisitions: readonly AcquiringCall[] | undefined;
  let containers: readonly LongLivedContainer[] | undefined;
  const answers = new Map<string, unknown>();
  const facts: PackageFacts = {
    program,
    package: pkg,
    places: createPlaces(program),
    ...version,
    nodes: (kind) => byKind.get(kind) ?? [],
    callsNamed: (name) => byName.get(name) ?? [],
    acquisitions() {
      acquisitions ??= (byKind.get('call_expression') ?? []).flatMap((call) => {
        const acquisition = acquisitionBy(program, call);
        return acquisition === undefined ? [] : [{ call, acquisition }];
      });
      return acquisitions;
    },
    mentions: (name) => mentions.get(name) ?? [],
    containers() {
      containers ??= longLivedContainers(facts);
      return containers;
    },
    once<T>(key: string, find: () => T): T {
      if (!answers.has(key)) answers.set(key, find());
      return answers.get(key) as T;
    },
    functionOf: (node) => program.functionAround(node),
  };
  return facts;
}

function add(to: Map<string, Syntax[]>, name: string, node: Syntax): void {
  const known = to.get(name);
  if (known === undefined) to.set(name, [node]);
  else known.push(node);
}
