// Where the pages get their values: the server that served them, or what a report file carries. Views know only this.
import type { ApiError } from '../api/paths.ts';

export interface Client {
  /** Rejects with AnswerError; an aborted signal rejects, too. */
  readonly get: <T>(path: string, query?: Query, signal?: AbortSignal) => Promise<T>;
  /** Something is being recorded: values are worth asking for again. */
  readonly live: boolean;
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** The server, or the file, said that it cannot answer. */
export class AnswerError extends Error {
  readonly advice: string | undefined;
  constructor(message: string, advice?: string) {
    super(message);
    this.name = 'AnswerError';
    this.advice = advice;
  }
}

/** `path?a=1&b=2` with names sorted, so that one question has one address. */
export function addressOf(path: string, query: Query = {}): string {
  const entries = Object.entries(query)
    .flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)] as [string, string]],
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const search = new URLSearchParams(entries).toString();
  return search === '' ? path : `${path}?${search}`;
}

const mostKept = 50;

export interface HttpClientOptions {
  /** Id of the recording that is looked at; undefined: what the server shows first. */
  readonly caseId: string | undefined;
  readonly live: boolean;
}

export function httpClient({ caseId, live }: HttpClientOptions): Client {
  // While something is recorded, an answer that did not change stays the same value: nothing is drawn again for it.
  const last = new Map<string, { readonly text: string; readonly value: unknown }>();
  return {
    live,
    async get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
      const address = addressOf(path, { ...query, case: caseId });
      const response = await fetch(`./${address}`, {
        headers: { accept: 'application/json' },
        credentials: 'same-origin',
        ...(signal === undefined ? {} : { signal }),
      }).catch((error: unknown) => {
        if (signal?.aborted) throw error;
        throw new AnswerError('leakline does not answer any more', 'Start `leakline ui` again.');
      });
      if (response.ok) {
        if (!live) return (await response.json()) as T;
        const text = await response.text();
        const before = last.get(address);
        if (before?.text === text) return before.value as T;
        const value = JSON.parse(text) as T;
        if (last.size >= mostKept) last.clear();
        last.set(address, { text, value });
        return value;
      }
      const said = (await response.json().catch(() => undefined)) as ApiError | undefined;
      throw new AnswerError(said?.message ?? `leakline answered with status ${response.status}`, said?.advice);
    },
  };
}
