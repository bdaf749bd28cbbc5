// Structs of a package whose objects live as long as the program, as far as its source shows: they have a lock, so they are
// shared; a package-level variable is one; main makes one and goes on to serve; and what such objects hold in their fields.
// An object that is made for every request is none, lock or not.
import type { GoFunction } from '../go-function.ts';
import { around, loopAround, part, type Syntax, textOf } from '../syntax.ts';
import { elementOf, underlying } from '../type-refs.ts';
import { typeOf } from '../types.ts';
import type { PackageFacts } from './package-facts.ts';

/** Names of types of the package; `many` where containers hold them. */
export function longLivedTypes(facts: PackageFacts): ReadonlyMap<string, 'one' | 'many'> {
  return facts.once('long-lived-types', () => findLongLivedTypes(facts));
}

function findLongLivedTypes(facts: PackageFacts): ReadonlyMap<string, 'one' | 'many'> {
  const { package: pkg, program } = facts;
  const queue: string[] = [];
  for (const [name, { fields }] of pkg.types) {
    const isShared = [...fields.values()].some(({ text }) => /^\*?sync\.(RW)?Mutex$/.test(text.trim()));
    if (isShared && !isMadeOften(facts, name)) queue.push(name);
  }
  for (const binding of pkg.globals.values()) {
    const name = nameOf(typeOf(program, binding.declaration)?.text);
    if (pkg.types.has(name) && !isMadeOften(facts, name)) queue.push(name);
  }
  queue.push(...typesOfMain(facts));
  const found = new Map<string, 'one' | 'many'>();
  const work = queue.map((name): Reached => ({ name, count: 'one' }));
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { name, count } = next;
    const known = found.get(name);
    if (known === 'many' || known === count) continue;
    found.set(name, count);
    for (const field of pkg.types.get(name)?.fields.values() ?? []) {
      const under = underlying(program, field);
      const isContainer = /^(\[|map\[)/.test(under.text);
      const element = isContainer ? elementOf(program, under) : field;
      const held = nameOf(element?.text);
      if (pkg.types.get(held)?.underlying.text.startsWith('struct') !== true) continue;
      // What a container holds may come and go; a field that is one object stays.
      if (!isContainer || !isMadeOften(facts, held) || isMainPackage(facts))
        work.push({ name: held, count: isContainer ? 'many' : count });
    }
  }
  return found;
}

interface Reached {
  readonly name: string;
  readonly count: 'one' | 'many';
}

const nameOf = (type: string | undefined): string =>
  (type ?? '')
    .trim()
    .replace(/^[*&]+/, '')
    .replace(/\[.*$/s, '');
const isMainPackage = ({ package: pkg }: PackageFacts): boolean => pkg.name === 'main';

/** `store := newStore()` in main. */
function typesOfMain(facts: PackageFacts): readonly string[] {
  const main = isMainPackage(facts) ? facts.package.functionsNamed.get('main')?.[0] : undefined;
  if (main === undefined || main.receiverType !== undefined) return [];
  return facts.nodes('short_var_declaration').flatMap((declaration) => {
    if (facts.functionOf(declaration) !== main || loopAround(declaration) !== undefined) return [];
    return (part(declaration, 'left')?.children ?? []).flatMap((name) => {
      const type = nameOf(typeOf(facts.program, name)?.text);
      return facts.package.types.has(type) ? [type] : [];
    });
  });
}

/** Made in a loop, in a function literal, or in a function that runs again and again by who calls it. */
function isMadeOften(facts: PackageFacts, type: string): boolean {
  return madeAt(facts, type).some((node) => {
    const fn = facts.functionOf(node);
    if (fn === undefined) return false;
    return loopAround(node) !== undefined || isRunOften(facts, fn, 0);
  });
}

function madeAt(facts: PackageFacts, type: string): readonly Syntax[] {
  const literals = facts.nodes('composite_literal').filter((node) => textOf(part(node, 'type') ?? node) === type);
  const made = facts.callsNamed('new').filter((call) => textOf(part(call, 'arguments') ?? call) === `(${type})`);
  return [...literals, ...made].filter((node) => around(node, 'const_declaration') === undefined);
}

/** Handlers and methods of the objects that serve: what the package shows of them is that they are called from elsewhere. */
function isRunOften(facts: PackageFacts, fn: GoFunction, depth: number): boolean {
  if (fn.name === '') return facts.functionOf(fn.node.parent ?? fn.node) !== undefined;
  if (depth > 3 || (fn.receiverType === undefined && /^(main|init)$/.test(fn.name))) return false;
  return facts.mentions(fn.name).some((use) => {
    const caller = facts.functionOf(use);
    if (caller === undefined || caller === fn) return false;
    return loopAround(use) !== undefined || caller.receiverType !== undefined || isRunOften(facts, caller, depth + 1);
  });
}
