// A name in as many characters as there is room for: package paths go first, then receivers, then the tail.
import { shortFunctionName } from '../../model/ownership.ts';

const leastCharacters = 3;

/** `net/http.(*conn).serve` → `http.(*conn).serve` → `(*conn).serve` → `serve` → `ser…` → ''. */
export function fitText(name: string, characters: number): string {
  if (characters < leastCharacters) return '';
  if (name.length <= characters) return name;
  const short = shortFunctionName(name);
  if (short.length <= characters) return short;
  const withoutPackage = short.slice(short.indexOf('.') + 1);
  if (withoutPackage.length <= characters) return withoutPackage;
  const last = withoutPackage.slice(withoutPackage.lastIndexOf('.') + 1);
  if (last.length <= characters) return last;
  return `${(last.length > 6 ? last : withoutPackage).slice(0, characters - 1)}…`;
}
