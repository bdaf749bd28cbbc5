// Text that comes from a target (function names, paths, source lines, messages) may hold anything. Before it reaches a
// terminal, control characters are made visible, so that a hostile profile cannot move the cursor or set a title.

export function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (c) =>
    c === '\t' ? '    ' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
