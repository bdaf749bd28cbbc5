// A buffer that grew goes back into its sync.Pool, whatever its size: the pool ends up full of the largest ones.
import type { GoFunction } from '../../go-function.ts';
import { part, type Syntax, textOf, unparenthesised } from '../../syntax.ts';
import { underlying } from '../../type-refs.ts';
import { typeOf } from '../../types.ts';
import type { PackageFacts } from '../package-facts.ts';
import type { StaticHit, StaticRule } from '../static-rule.ts';

export const syncPoolOversized: StaticRule = {
  id: 'sync-pool-oversized',
  byDefault: true,
  examples: {
    leaks: [
      `import ("bytes"; "sync")

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func render(p *page) string {
	buf := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	p.write(buf)
	text := buf.String()
	buffers.Put(buf) //want
	return text
}`,
      `import "sync"

var scratch = sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }}

func encode(v value) []byte {
	b := scratch.Get().(*[]byte)
	*b = v.appendTo((*b)[:0])
	*b = append(*b, '\\n')
	out := clone(*b)
	scratch.Put(b) //want
	return out
}`,
    ],
    fine: [
      `import ("bytes"; "sync")

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func put(buf *bytes.Buffer) {
	if buf.Cap() > 64<<10 {
		return
	}
	buf.Reset()
	buffers.Put(buf)
}`,
      `import "sync"

var blocks = sync.Pool{New: func() any { return make([]byte, 32<<10) }}

// Never appended to: all have one size.
func copyBlock(r reader) {
	block := blocks.Get().([]byte)
	r.Read(block)
	blocks.Put(block)
}`,
    ],
  },
  find: (facts) =>
    facts.callsNamed('Put').flatMap((call): StaticHit[] => {
      const fn = part(call, 'function');
      const pool = fn?.kind === 'selector_expression' ? part(fn, 'operand') : undefined;
      const value = part(call, 'arguments')?.children[0];
      const around = facts.functionOf(call);
      if (pool === undefined || value === undefined || around === undefined) return [];
      if (!/^\*?sync\.Pool$/.test(typeOf(facts.program, pool)?.text ?? '')) return [];
      if (!growsWithUse(facts, value, around) || checksSize(around)) return [];
      return [
        {
          at: call,
          message: `buffers that grew go back into ${textOf(pool)} whatever their size`,
        },
      ];
    }),
};

/** A bytes.Buffer, or a slice of bytes to which its function appends. */
function growsWithUse(facts: PackageFacts, value: Syntax, fn: GoFunction): boolean {
  const plain = unparenthesised(value);
  const type = typeOf(facts.program, plain);
  const text = type === undefined ? '' : underlying(facts.program, type).text.replace(/^\*/, '');
  if (/^(bytes\.Buffer|strings\.Builder)$/.test(text)) return true;
  if (!/^\[\]/.test(text)) return false;
  const name = textOf(plain).replace(/^&/, '');
  return new RegExp(`\\bappend\\(\\*?\\(?\\*?${name}\\b|\\.Append\\w*\\(\\(?\\*?${name}\\b`).test(
    textOf(outermostBody(fn)),
  );
}

/** Its capacity or length is compared with something, here or in a helper that says so. */
function checksSize(fn: GoFunction): boolean {
  const text = textOf(outermostBody(fn));
  return /\b[cC]ap\s*\(|\.(Cap|Len|Size)\(\)\s*[<>]|\blen\([^()]*\)\s*[<>]|[mM]ax\w*|tooLarge|[oO]versized/.test(text);
}

function outermostBody(fn: GoFunction): Syntax {
  let at = fn;
  while (at.outer !== undefined) at = at.outer;
  return at.body;
}
