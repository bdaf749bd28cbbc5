// What a library does with a value that is handed to it: keeps it, returns it cut or wrapped, or neither. The words of
// Go's API names carry over to libraries nobody has heard of: Register keeps, New wraps, Push queues.
import type { KeepKind, ValueTransform } from '../model/source-facts.ts';

export type Treatment =
  | { readonly kind: 'keeps'; readonly keep: KeepKind; readonly container: 'receiver' | 'first-argument' | 'none' }
  /** `results`: how many of the results, from the first, may hold the value. */
  | { readonly kind: 'returns'; readonly transform: ValueTransform['kind'] | undefined; readonly results: number }
  | { readonly kind: 'nothing' };

const nothing: Treatment = { kind: 'nothing' };
const keeps = (keep: KeepKind, container: 'receiver' | 'first-argument' | 'none' = 'none'): Treatment => ({
  kind: 'keeps',
  keep,
  container,
});
const returns = (transform?: ValueTransform['kind'], results = 1): Treatment => ({
  kind: 'returns',
  transform,
  results,
});

const cutsStrings =
  /^strings\.(Split|SplitN|SplitAfter|SplitAfterN|Fields|FieldsFunc|Trim\w*|Cut\w*|SplitSeq|FieldsSeq|Lines)$/;
const cutsBytes =
  /^bytes\.(Split|SplitN|SplitAfter|SplitAfterN|Fields|FieldsFunc|Trim\w*|Cut\w*|SplitSeq|FieldsSeq|Lines)$/;
const copies = /^((strings|bytes|slices|maps)\.(Clone|Repeat|Replace\w*|Map|ToUpper|Join)|fmt\.|strconv\.|encoding\/)/;
const registers =
  /^(Register\w*|MustRegister\w*|Subscribe\w*|Notify\w*|On[A-Z]\w*|Add(Listener|Observer|Handler|Hook|Callback|Watcher|Subscriber)\w*|Attach\w*|Watch\w*|Listen|Handle|HandleFunc|Hook|Publish|Observe[A-Z]\w*)$/;

/** A value passed as argument `index` of a library function, `path` as in `time.AfterFunc`. */
export function treatmentByFunction(path: string, index: number): Treatment {
  if (path === 'time.AfterFunc' && index === 1) return keeps('timer-closure');
  if (/^runtime\.(SetFinalizer|AddCleanup)$/.test(path)) return keeps('finalizer');
  if (path === 'os/signal.Notify') return index === 0 ? keeps('registration', 'first-argument') : nothing;
  if (path === 'context.AfterFunc') return index === 1 ? keeps('context-child', 'first-argument') : nothing;
  if (path === 'container/heap.Push') return index === 1 ? keeps('list-push', 'first-argument') : nothing;
  if (path === 'context.WithValue') return returns('wrapped');
  if (path.startsWith('context.With')) return nothing;
  // Cut gives what is before and what is after.
  const parts = path.endsWith('.Cut') ? 2 : 1;
  if (cutsStrings.test(path)) return index === 0 ? returns('substring', parts) : nothing;
  if (cutsBytes.test(path)) return index === 0 ? returns('subslice', parts) : nothing;
  if (copies.test(path)) return nothing;
  if (/^slices\.(Insert|Concat|Sorted|Grow|Clip|Compact)/.test(path)) return returns();
  if (/^sync\/atomic\.Store/.test(path)) return index === 1 ? keeps('field-assign', 'first-argument') : nothing;
  if (/^sync\.Once(Func|Values?)$/.test(path)) return returns('wrapped');
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (registers.test(name)) return keeps('registration');
  if (/^(New|Wrap|With|Must|Make|Multi|Tee|Limit|Join|NopCloser)/.test(name)) return returns('wrapped');
  return nothing;
}

/** A value passed to a method of a library type (`receiverType` as written, undefined when not known). */
export function treatmentByMethod(receiverType: string | undefined, name: string, index: number): Treatment {
  const type = (receiverType ?? '').replace(/^[*&]/, '');
  if (type === 'sync.Map') {
    return /^(Store|LoadOrStore|Swap|CompareAndSwap)$/.test(name) ? keeps('sync-map-store', 'receiver') : nothing;
  }
  if (type === 'sync.Pool') return name === 'Put' ? keeps('pool-put', 'receiver') : nothing;
  if (type.startsWith('atomic.'))
    return /^(Store|Swap|CompareAndSwap)$/.test(name) ? keeps('field-assign', 'receiver') : nothing;
  if (/^(list\.List|ring\.Ring)$/.test(type)) return keeps('list-push', 'receiver');
  if (/^(errgroup\.Group|sync\.WaitGroup)$/.test(type)) return name === 'Go' ? keeps('goroutine-capture') : nothing;
  if (/^(strings\.Builder|bytes\.Buffer|bufio\.Writer)$/.test(type)) return nothing;
  // Matches of a regexp are parts of the text that was searched.
  if (/^Find(All)?(String)?(Submatch)?$/.test(name) && index === 0)
    return returns(name.includes('String') ? 'substring' : 'subslice');
  if (registers.test(name)) return keeps('registration', 'receiver');
  if (/^(PushBack|PushFront|Push|Enqueue|InsertBefore|InsertAfter|Offer)$/.test(name))
    return keeps('list-push', 'receiver');
  // Key and value, or one item of a set: the shape of every map-like library. Two arguments at the least tell Set(k, v)
  // from Add(1) of a counter.
  if (/^(Store|LoadOrStore|Set|SetDefault|Put|Insert|ReplaceOrInsert|GetOrCreate)$/.test(name))
    return keeps(name === 'Store' || name === 'LoadOrStore' ? 'sync-map-store' : 'map-assign', 'receiver');
  if (name === 'Add' && index === 1) return keeps('map-assign', 'receiver');
  if (/^(With|New|Wrap|Clone|Named|Sub|Group)\w*$/.test(name)) return returns('wrapped');
  return nothing;
}

/** What a library call that itself allocates is known to hang its memory on. */
export function allocatingCall(path: string): { keep: KeepKind; container: 'none' | 'first-argument' } | undefined {
  if (/^context\.With(Cancel|CancelCause|Timeout|TimeoutCause|Deadline|DeadlineCause)$/.test(path))
    return { keep: 'context-child', container: 'first-argument' };
  if (path === 'context.AfterFunc') return { keep: 'context-child', container: 'first-argument' };
  if (path === 'time.AfterFunc') return { keep: 'timer-closure', container: 'none' };
  if (/^time\.(After|NewTimer|NewTicker|Tick)$/.test(path)) return { keep: 'timer', container: 'none' };
  if (path === 'os/signal.Notify') return { keep: 'registration', container: 'first-argument' };
  if (/^runtime\.(SetFinalizer|AddCleanup)$/.test(path)) return { keep: 'finalizer', container: 'first-argument' };
  if (path === 'container/heap.Push') return { keep: 'list-push', container: 'first-argument' };
  const name = path.slice(path.lastIndexOf('.') + 1);
  return registers.test(name) ? { keep: 'registration', container: 'none' } : undefined;
}

/** Methods of a long-lived library object that make it larger: what grows below them is the object's. */
export function growingMethod(receiverType: string | undefined, name: string): KeepKind | undefined {
  const treatment = treatmentByMethod(receiverType, name, 1);
  if (treatment.kind === 'keeps') return treatment.keep;
  if (/^(WithLabelValues|GetMetricWith\w*|With|Get\w*|Load\w*|Inc\w*|Record\w*|Observe)$/.test(name))
    return 'map-assign';
  if (/^(Write\w*|Grow|ReadFrom|Append\w*|Printf?|Println)$/.test(name)) return 'field-assign';
  return undefined;
}
