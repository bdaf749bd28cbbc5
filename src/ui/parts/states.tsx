// What is drawn instead of a value: it is on its way, it failed, or it was never captured. None of them looks like zero.
import type { ComponentChildren } from 'preact';
import type { Part } from '../../api/part.ts';
import type { Answer } from '../use-answer.ts';

export function Loading({ what }: { readonly what?: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" /> Loading {what}…
    </p>
  );
}

export interface FailedProps {
  readonly message: string;
  readonly advice?: string | undefined;
  readonly retry?: () => void;
}

export function Failed({ message, advice, retry }: FailedProps) {
  return (
    <div class="state failed" role="alert">
      <strong>{message}</strong>
      {advice === undefined ? undefined : <p>{advice}</p>}
      {retry === undefined ? undefined : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function NotCaptured({
  what,
  why,
  how,
}: {
  readonly what: string;
  readonly why: string;
  readonly how?: string | undefined;
}) {
  return (
    <div class="state missing">
      <strong>{what}: not captured</strong>
      <p>{why}.</p>
      {how === undefined ? undefined : (
        <p>
          To get it: <code>{how}</code>
        </p>
      )}
    </div>
  );
}

/** Draws an answer once it is there. */
export function Whole<T>({
  answer,
  what,
  children,
}: {
  readonly answer: Answer<T>;
  readonly what: string;
  readonly children: (value: T) => ComponentChildren;
}) {
  switch (answer.state) {
    case 'loading':
      return <Loading what={what} />;
    case 'failed':
      return <Failed message={answer.message} advice={answer.advice} />;
    case 'ready':
      return (
        <div class={answer.stale ? 'stale' : undefined} aria-busy={answer.stale}>
          {children(answer.value)}
        </div>
      );
  }
}

/** Draws a part of an answer when it was captured. @public */
export function Captured<T>({
  part,
  what,
  children,
}: {
  readonly part: Part<T>;
  readonly what: string;
  readonly children: (value: T) => ComponentChildren;
}) {
  return part.kind === 'captured' ? children(part.value) : <NotCaptured what={what} why={part.why} how={part.how} />;
}
