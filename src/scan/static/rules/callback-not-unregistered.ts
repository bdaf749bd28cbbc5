// Registered again and again and never taken out: signal.Notify without Stop, the function that would unsubscribe dropped,
// a list of listeners that only gets longer.
import { calledName } from '../../calls.ts';
import { part, textOf } from '../../syntax.ts';
import { calleeOf } from '../../types.ts';
import { growingInserts } from '../growing-inserts.ts';
import type { PackageFacts } from '../package-facts.ts';
import { isRegistry } from '../registries.ts';
import { runsOnce } from '../releases.ts';
import type { StaticHit, StaticRule } from '../static-rule.ts';

const registers = /^([sS]ubscribe|[wW]atch|[aA]dd(Listener|Handler|Observer|Hook|Callback)|[oO]n[A-Z])\w*$/;
/** The result is a function to call when done. */
const givesUndo = /^\(?\s*(\w+\s+)?func\(\)\s*\)?$/;

export const callbackNotUnregistered: StaticRule = {
  id: 'callback-not-unregistered',
  byDefault: true,
  examples: {
    leaks: [
      `import ("os"; "os/signal")

func serve(conn net.Conn) {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, os.Interrupt) //want
	copyUntil(conn, ch)
}`,
      `type rates struct {
	listeners map[int]listener
	next      int
}

func (r *rates) onChange(l listener) (cancel func()) {
	r.listeners[r.next] = l
	return func() { delete(r.listeners, r.next) }
}

func view(r *rates, v *page) {
	r.onChange(v.update) //want
	v.render()
}`,
      `import "sync"

type watcher struct {
	mu        sync.Mutex
	listeners []func(settings)
}

func (w *watcher) OnChange(f func(settings)) {
	w.listeners = append(w.listeners, f) //want
}

func (w *watcher) handle(r *request) {
	w.OnChange(func(s settings) { r.limit = s.limit })
}`,
    ],
    fine: [
      `import ("os"; "os/signal")

func serve(conn net.Conn) {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, os.Interrupt)
	defer signal.Stop(ch)
	copyUntil(conn, ch)
}

func main() {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, os.Interrupt)
	<-ch
}`,
      `type rates struct {
	listeners map[int]listener
	next      int
}

func (r *rates) onChange(l listener) (cancel func()) {
	r.listeners[r.next] = l
	return func() { delete(r.listeners, r.next) }
}

func view(r *rates, v *page) {
	defer r.onChange(v.update)()
	v.render()
}`,
      `var hooks []func()

// At start-up, by name.
func RegisterHook(f func()) { hooks = append(hooks, f) }`,
    ],
  },
  find: (facts) => [...signals(facts), ...droppedUndo(facts), ...growingRegistries(facts)],
};

function signals(facts: PackageFacts): readonly StaticHit[] {
  return facts.callsNamed('Notify').flatMap((call): StaticHit[] => {
    const callee = calleeOf(facts.program, call);
    const fn = facts.functionOf(call);
    if (callee.kind !== 'library' || callee.path !== 'os/signal.Notify' || fn === undefined || runsOnce(fn)) return [];
    const channel = part(call, 'arguments')?.children[0];
    // A channel of a field or a package is stopped by somebody else, if at all; one that is made here only here.
    const binding = channel?.kind === 'identifier' ? facts.program.bindingOf(fn.file, channel) : undefined;
    if (binding === undefined || binding.kind !== 'local') return [];
    const isStopped = binding.uses.some(
      (use) => use.parent?.parent?.kind === 'call_expression' && /^(Stop|Reset)$/.test(calledName(use.parent.parent)),
    );
    const getsOut = binding.uses.some(
      (use) =>
        /^(return_statement|literal_element|keyed_element)$/.test(use.parent?.kind ?? '') ||
        use.parent?.parent?.kind === 'return_statement',
    );
    // One that calls itself Main, Run or Wait is called once.
    if (
      isStopped ||
      getsOut ||
      /^(Main|Run|run|Wait|wait|Execute|Start|start|Serve\w*|Handle\w*Signal\w*|\w*[sS]ignal\w*)$/.test(fn.name)
    )
      return [];
    return [
      { at: call, message: 'signals are delivered to this channel for ever: signal.Stop is never called with it' },
    ];
  });
}

function droppedUndo(facts: PackageFacts): readonly StaticHit[] {
  return facts.nodes('call_expression').flatMap((call): StaticHit[] => {
    if (call.parent?.kind !== 'expression_statement' || !registers.test(calledName(call))) return [];
    const fn = facts.functionOf(call);
    if (fn === undefined || runsOnce(fn)) return [];
    const callee = calleeOf(facts.program, call);
    const declared = callee.kind === 'function' ? callee.functions[0] : undefined;
    const result = declared === undefined ? undefined : part(declared.node, 'result');
    if (declared === undefined || result === undefined || !givesUndo.test(textOf(result))) return [];
    return [
      {
        at: call,
        message: 'the function that would undo this registration is dropped',
        related: [{ at: result, message: 'returned here' }],
      },
    ];
  });
}

function growingRegistries(facts: PackageFacts): readonly StaticHit[] {
  return facts.containers().flatMap((container) => {
    if (!isRegistry(container)) return [];
    return growingInserts(facts, container).flatMap(({ node }): StaticHit[] => {
      // Who only offers to register does not know how often it is used; who does it while it works does.
      const fn = facts.functionOf(node);
      const callers =
        fn === undefined || fn.name === ''
          ? []
          : facts.mentions(fn.name).filter((use) => !runsOnce(facts.functionOf(use)));
      if (callers.length === 0) return [];
      return [
        {
          at: node,
          message: `what is registered in ${container.name} is never taken out in this package`,
          related: [
            { at: callers[0]!, message: 'registers while it runs' },
            { at: container.declaration, message: 'declared here' },
          ],
        },
      ];
    });
  });
}
