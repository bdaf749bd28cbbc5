// How holders are called in front of people.
import { formatCount } from '../base/format-count.ts';
import { plainText } from '../base/plain-text.ts';
import { shortFunctionName } from '../model/ownership.ts';
import type { HeapHolder } from './heap-report.ts';
import { placeText } from './place.ts';

const plural: Readonly<Record<string, string>> = {
  global: 'globals',
  goroutine: 'goroutines',
  special: 'specials',
  timer: 'timers',
  runtime: 'runtime structures',
};

/** `global main.cache`, `100 goroutines main.worker`, `20,000 shared main.Session`, `9 × finalizer of main.File`. */
export function holderText({ kind, name }: HeapHolder, count: number): string {
  const short = plainText(kind === 'goroutine' ? shortFunctionName(name) : name);
  if (kind === 'goroutine' && name === 'runtime.main') return 'the main goroutine';
  if (kind === 'shared') return `${count > 1 ? `${formatCount(count)} ` : ''}shared ${typeText(name)}`;
  // The name of a special says what it is: `finalizer of *os.File`.
  const noun = kind === 'special' || kind === 'runtime' ? '' : count > 1 ? `${plural[kind] ?? kind} ` : `${kind} `;
  return `${count > 1 ? `${formatCount(count)} ${noun === '' ? '× ' : ''}` : ''}${noun}${short}`;
}

/** ` created at main.go:12`, or nothing. */
export function createdText({ createdAt }: HeapHolder, cwd: string): string {
  return createdAt === undefined ? '' : `created at ${placeText(createdAt, cwd)}`;
}

/** Unnamed structs can be as long as their fields are many. */
const longestType = 90;

/** `*github.com/acme/svc/queue.Item` → `*queue.Item`: import paths are long, and the last element nearly always tells. */
export function typeText(name: string): string {
  const short = plainText(name.replace(/[\w.~-]+(?:%2e[\w.~-]+)*\//g, ''));
  return short.length > longestType ? `${short.slice(0, longestType - 1)}…` : short;
}

export function shareText(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
