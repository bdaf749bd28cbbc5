// How objects are held: ways from a root to them, for a type, an address, a root or a line that allocates.
import { useEffect, useState } from 'preact/hooks';
import { apiPaths } from '../../api/paths.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import type { HeapPathStep, HeapWhy } from '../../report/heap-report.ts';
import { holderText, shareText, typeText } from '../../report/heap-words.ts';
import { functionText } from '../../report/place.ts';
import { Whole } from '../parts/states.tsx';
import { withQuery } from '../route.ts';
import { useAnswer } from '../use-answer.ts';
import { useApp } from '../use-app.ts';
import type { HeapState } from './heap-state.ts';

export function HeapPaths({ state }: { readonly state: HeapState }) {
  const { route, go } = useApp();
  const [text, setText] = useState(state.of);
  useEffect(() => setText(state.of), [state.of]);
  return (
    <>
      <form
        class="controls"
        onSubmit={(event) => {
          event.preventDefault();
          go(withQuery(route, { of: text.trim() }));
        }}
      >
        <input
          type="search"
          placeholder="main.Session, 0xc000123400, global main.cache, cache.go:17  /"
          aria-label="A type, an address, a root or a line"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit">Why is it there?</button>
      </form>
      {state.of === '' ? (
        <p class="faint">Ask for a type (also from the list of types), an address, a root, or a line that allocates.</p>
      ) : (
        <Answer of={state.of} />
      )}
    </>
  );
}

function Answer({ of }: { readonly of: string }) {
  const answer = useAnswer<HeapWhy>(apiPaths.heapWhy, { of });
  return (
    <Whole answer={answer} what="ways">
      {(why) => (
        <>
          <p>
            <strong>{why.meaning.map(typeText).join(', ')}</strong>: {formatCount(why.objects)}{' '}
            {why.objects === 1 ? 'object' : 'objects'}, {formatBytes(why.bytes)}, retaining{' '}
            {formatBytes(why.retainedBytes)}
          </p>
          {why.ways.map((way, index) => (
            <div class="way" key={index}>
              <p>
                <strong>
                  {formatCount(way.objects)} {way.objects === 1 ? 'is' : 'are'} held like this
                </strong>{' '}
                <span class="faint">
                  {formatBytes(way.bytes)}, {shareText(why.bytes === 0 ? 0 : way.bytes / why.bytes)} of them
                </span>
              </p>
              <ol class="trace">
                {way.path.map((step, at) => (
                  <Step key={at} step={step} isLast={at === way.path.length - 1} />
                ))}
              </ol>
            </div>
          ))}
          {why.otherWays.ways === 0 ? undefined : (
            <p class="faint">
              {formatCount(why.otherWays.ways)} more ways to {formatCount(why.otherWays.objects)} objects,{' '}
              {formatBytes(why.otherWays.bytes)}
            </p>
          )}
          {why.holders.map((one) => (
            <p key={`${one.kind} ${one.name}`}>
              {holderText(one, one.count)} retains {formatBytes(one.retainedBytes)} in{' '}
              {formatCount(one.retainedObjects)} objects
            </p>
          ))}
          <p class="faint">● every way passes here: without it the objects are free · ○ there is a way around</p>
        </>
      )}
    </Whole>
  );
}

function Step({ step, isLast }: { readonly step: HeapPathStep; readonly isLast: boolean }) {
  const name =
    step.kind === 'object'
      ? typeText(step.name)
      : step.kind === 'frame'
        ? `in ${functionText(step.name)}`
        : holderText({ kind: step.kind, name: step.name }, 1);
  return (
    <li class={isLast ? 'last' : undefined}>
      <span class="mark">{step.onEveryPath === undefined ? '·' : step.onEveryPath ? '●' : '○'}</span>
      <code>
        {step.label === '' ? undefined : <span class="field">{step.label} </span>}
        {name}
      </code>
      {step.onEveryPath === true || isLast ? (
        <span class="faint"> retains {formatBytes(step.retainedBytes)}</span>
      ) : undefined}
      {isLast && step.address !== undefined ? <span class="faint"> at {step.address}</span> : undefined}
      {step.again === undefined ? undefined : (
        <div class="faint">
          ┊ {step.again.steps === 1 ? 'the same' : `these ${step.again.steps}`} {formatCount(step.again.times)} more
          times
        </div>
      )}
    </li>
  );
}
