// One answer of the client, as a view draws it: waiting, failed or there. The last one stays while the next is under way.
import { useEffect, useState } from 'preact/hooks';
import { AnswerError, addressOf, type Query } from './client.ts';
import { useApp } from './use-app.ts';

export type Answer<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly message: string; readonly advice?: string }
  | { readonly state: 'ready'; readonly value: T; readonly stale: boolean };

const refreshMs = 5000;

/** `path` undefined asks nothing and stays loading. */
export function useAnswer<T>(path: string | undefined, query?: Query): Answer<T> {
  const { client } = useApp();
  const address = path === undefined ? undefined : addressOf(path, query);
  const [answer, setAnswer] = useState<Answer<T>>({ state: 'loading' });
  // The address stands for path and query, which are new objects each time.
  useEffect(() => {
    if (path === undefined) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    setAnswer((before) => (before.state === 'ready' ? { ...before, stale: true } : { state: 'loading' }));
    const ask = async (): Promise<void> => {
      try {
        const value = await client.get<T>(path, query, leaving.signal);
        if (!leaving.signal.aborted) setAnswer({ state: 'ready', value, stale: false });
      } catch (error) {
        if (leaving.signal.aborted) return;
        setAnswer(failureOf(error));
      }
      if (client.live && !leaving.signal.aborted) timer = setTimeout(() => void ask(), refreshMs);
    };
    void ask();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [client, address]);
  return answer;
}

function failureOf(error: unknown): Answer<never> {
  if (error instanceof AnswerError)
    return {
      state: 'failed',
      message: error.message,
      ...(error.advice === undefined ? {} : { advice: error.advice }),
    };
  return { state: 'failed', message: error instanceof Error ? error.message : String(error) };
}
