// The header line of a goroutine in a traceback. Source: runtime/traceback.go, goroutineheader.

export interface GoroutineHeader {
  readonly id: number;
  /** Wait reason without age and marks: `chan receive`, `sync.Mutex.Lock`, `select (no cases)`. */
  readonly state: string;
  readonly waitMinutes: number;
  readonly leaked: boolean;
  readonly lockedToThread: boolean;
  readonly labels: Readonly<Record<string, string>> | undefined;
}

// `goroutine 7 gp=0xc m=0 mp=0x1 [state, 5 minutes, locked to thread] {labels}:`
const header = /^goroutine (\d+)(?: [a-z]+=\S+)* \[([^\]]*)\](?: (\{.*\}))?:\s*$/;

/** Undefined when the line is not a header. */
export function parseHeader(line: string): GoroutineHeader | undefined {
  const match = header.exec(line);
  if (match === null) return undefined;
  const parts = match[2]!.split(', ');
  let waitMinutes = 0;
  let lockedToThread = false;
  const rest: string[] = [];
  for (const part of parts) {
    const minutes = /^(\d+) minutes$/.exec(part);
    if (minutes !== null) waitMinutes = Math.min(Number(minutes[1]), 0x7fffffff);
    else if (part === 'locked to thread') lockedToThread = true;
    else if (part !== 'synctest' && !part.startsWith('synctest bubble')) rest.push(part);
  }
  let state = rest.join(', ');
  // `(scan)` is the collector at work; `(leaked)` the runtime's proof; `(durable)` belongs to testing/synctest.
  const leaked = / \(leaked\)/.test(state);
  state = state.replace(/ \((leaked|scan|durable)\)/g, '');
  return {
    id: Number(match[1]),
    state,
    waitMinutes,
    leaked,
    lockedToThread,
    labels: match[3] === undefined ? undefined : labelsOf(match[3]),
  };
}

/** `{pattern: "GET /x", "odd key": "v"}` → record; text that is not of this form is left out. */
function labelsOf(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const match of text.matchAll(/("(?:[^"\\]|\\.)*"|[^\s{},:"]+): ("(?:[^"\\]|\\.)*"|[^\s,}]+)/g)) {
    labels[unquote(match[1]!)] = unquote(match[2]!);
  }
  return labels;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string; // a JSON string literal parses to a string
  } catch {
    return text.slice(1, -1);
  }
}
