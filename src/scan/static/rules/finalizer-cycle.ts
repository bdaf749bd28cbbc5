// `runtime.SetFinalizer(x, func(…) { … x … })`: the finalizer keeps its own object alive; so does a method value of x. And
// objects that refer to each other are never finalized when one of them has a finalizer.

import type { Binding } from '../../bindings.ts';
import { argumentsOf } from '../../calls.ts';
import type { GoFunction } from '../../go-function.ts';
import { part, type Syntax, textOf, unparenthesised, walk } from '../../syntax.ts';
import { type Link, linkBack, linksIn } from '../object-links.ts';
import type { PackageFacts } from '../package-facts.ts';
import type { StaticHit, StaticRule } from '../static-rule.ts';

export const finalizerCycle: StaticRule = {
  id: 'finalizer-cycle',
  byDefault: true,
  examples: {
    leaks: [
      `import "runtime"

type texture struct{ slot int }

func load(slot int) *texture {
	t := &texture{slot: slot}
	runtime.SetFinalizer(t, func(*texture) { t.slot = -1 }) //want
	return t
}`,
      `import "runtime"

type texture struct{ tile *tile }
type tile struct{ texture *texture }

func free(*texture) {}

func load() *tile {
	tex := &texture{}
	t := &tile{texture: tex}
	tex.tile = t
	runtime.SetFinalizer(tex, free) //want
	return t
}`,
      `import "runtime"

type file struct{ fd int }

func (f *file) close() {}

func open() *file {
	f := &file{fd: 3}
	runtime.AddCleanup(f, func(int) { f.close() }, 3) //want
	return f
}`,
    ],
    fine: [
      `import "runtime"

type texture struct{ slot int }

func load(slot int) *texture {
	t := &texture{slot: slot}
	runtime.SetFinalizer(t, func(t *texture) { t.slot = -1 })
	return t
}`,
      `import "runtime"

type handle struct{ id int }
type face struct {
	handle *handle
	glyphs []*glyph
}
type glyph struct{ face *face }

func load() *face {
	h := &handle{}
	runtime.SetFinalizer(h, func(h *handle) { h.id = 0 })
	f := &face{handle: h}
	f.glyphs = append(f.glyphs, &glyph{face: f})
	return f
}`,
      `import "runtime"

type file struct{ fd int }

func open() *file {
	f := &file{fd: 3}
	runtime.SetFinalizer(f, (*file).close)
	runtime.AddCleanup(f, func(fd int) { println(fd) }, f.fd)
	return f
}

func (f *file) close() {}`,
    ],
  },
  find(facts) {
    const linksOf = new Map<GoFunction, readonly Link[]>();
    return [...facts.callsNamed('SetFinalizer'), ...facts.callsNamed('AddCleanup')].flatMap((call) => {
      const [object, callback, argument] = argumentsOf(call);
      const fn = facts.functionOf(call);
      if (!/^runtime\./.test(textOf(part(call, 'function') ?? call)) || fn === undefined) return [];
      if (object === undefined || callback === undefined) return [];
      const node = unparenthesised(object);
      if (node.kind !== 'identifier') return [];
      const binding = facts.program.bindingOf(facts.program.fileOf(node), node);
      if (binding === undefined) return [];
      const links = linksOf.get(fn) ?? linksIn(facts.program, fn);
      linksOf.set(fn, links);
      return hitsOf(facts, { call, links, binding, callback, argument });
    });
  },
};

interface Registration {
  readonly call: Syntax;
  readonly links: readonly Link[];
  readonly binding: Binding;
  readonly callback: Syntax;
  readonly argument: Syntax | undefined;
}

function hitsOf(facts: PackageFacts, { call, links, binding, callback, argument }: Registration): readonly StaticHit[] {
  const name = binding.name;
  const file = facts.program.fileOf(call);
  const captured = [...walk(callback)].find(
    (node) => node.kind === 'identifier' && facts.program.bindingOf(file, node) === binding,
  );
  if (captured !== undefined)
    return [
      {
        at: call,
        message: `its own finalizer keeps ${name} alive, so it never runs`,
        related: [{ at: captured, message: `refers to the ${name} outside` }],
      },
    ];
  if (argument !== undefined && textOf(argument) === name)
    return [{ at: call, message: `the cleanup's argument keeps ${name} alive, so it never runs` }];
  // A cleanup does not mind cycles (runtime.AddCleanup); a finalizer does.
  if (textOf(part(call, 'function') ?? call) !== 'runtime.SetFinalizer') return [];
  const link = linkBack(links, binding);
  if (link === undefined) return [];
  return [
    {
      at: call,
      message: `${name} has a finalizer and leads back to itself, so neither it nor what it refers to is ever freed`,
      related: [{ at: link, message: 'closes the cycle' }],
    },
  ];
}
