// How a place in the source is written for people: short where that loses nothing.
import { plainText } from '../base/plain-text.ts';
import { shortFunctionName } from '../model/ownership.ts';

/** A path below `cwd` becomes relative; module cache and GOROOT paths lose their root. */
export function shortFile(file: string, cwd: string): string {
  if (cwd !== '' && file.startsWith(`${cwd}/`)) return plainText(file.slice(cwd.length + 1));
  const cached = /\/pkg\/mod\/(.+)$/.exec(file)?.[1]?.replace(/^golang\.org\/toolchain@[^/]+\/src\//, '$GOROOT/src/');
  return plainText(cached ?? file.replace(/^.*\/(?:go|golang)[^/]*\/src\/(?=[a-z])/, '$GOROOT/src/'));
}

export function placeText(place: { readonly file: string; readonly line: number }, cwd: string): string {
  const file = place.file === '' ? '?' : shortFile(place.file, cwd);
  return place.line > 0 ? `${file}:${place.line}` : file;
}

/** Types and roots as people say them: package names without the path to them. */
export const typeText = (name: string): string => plainText(name.replace(/(?:[\w.~-]+\/)+(?=[\w.~-]*\.)/g, ''));

export const functionText = (name: string): string => plainText(shortFunctionName(name));

/** `cache/store.go:17`: enough to know the place again, where there is little room. */
export function briefPlaceText(place: { readonly file: string; readonly line: number }): string {
  const text = placeText(place, '');
  return text.split('/').slice(-2).join('/');
}
