// The report's colours by meaning, in one place. Without colour the text says everything, too.
import picocolors from 'picocolors';

export type Paint = ReturnType<typeof createPaint>;

export function createPaint(color: boolean) {
  const c = picocolors.createColors(color);
  return {
    alarm: (text: string) => c.bold(c.bgRed(c.white(text))),
    good: (text: string) => c.bold(c.bgGreen(c.black(text))),
    doubt: (text: string) => c.bold(c.yellow(text)),
    strong: c.bold,
    faint: c.dim,
    title: (text: string) => c.bold(c.underline(text)),
    rate: c.red,
    graph: c.cyan,
    guilty: (text: string) => c.bold(c.red(text)),
    role: c.magenta,
    fix: c.green,
  };
}
