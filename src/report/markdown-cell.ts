/** Text from a target must not become markup, nor leave its table cell or line. */
export function markdownCell(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[|<>*_`[\]]/g, (c) => `\\${c}`);
}
