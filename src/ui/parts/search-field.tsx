// The search of a view; `/` goes there. What is typed stands in the URL as `q`, a moment after the last key.
import { useEffect, useRef, useState } from 'preact/hooks';
import { withQuery } from '../route.ts';
import { useApp } from '../use-app.ts';

const pauseMs = 150;

export function SearchField({ placeholder }: { readonly placeholder: string }) {
  const { route, go } = useApp();
  const [text, setText] = useState(route.query['q'] ?? '');
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const kept = route.query['q'] ?? '';
  // The back button changes the search, too.
  useEffect(() => setText(kept), [kept]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <input
      type="search"
      aria-label="Search"
      placeholder={`Search: ${placeholder}`}
      value={text}
      onInput={(event) => {
        const value = event.currentTarget.value;
        setText(value);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => go(withQuery(route, { q: value, from: undefined }), 'replace'), pauseMs);
      }}
    />
  );
}
