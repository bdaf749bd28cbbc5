// An alarm on its way: the report on the stdin of a command, or as the body of a POST. It never fails the recording; how it
// went is one line.
import { spawn } from 'node:child_process';

export type AlarmTarget =
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'webhook'; readonly url: URL };

export interface AlarmMessage {
  /** `leakline.report/1` as text. */
  readonly reportJson: string;
  /** What became known, one line each. */
  readonly reasons: readonly string[];
}

export interface SendOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 30_000;

/** Undefined when it was delivered, else why not; never rejects. A webhook's path and query may be secrets: they are not told. */
export async function sendAlarm(
  target: AlarmTarget,
  message: AlarmMessage,
  { env, timeoutMs = defaultTimeoutMs }: SendOptions,
): Promise<string | undefined> {
  return target.kind === 'webhook'
    ? post(target.url, message, timeoutMs)
    : run(target.command, message, env, timeoutMs);
}

async function post(url: URL, { reportJson, reasons }: AlarmMessage, timeoutMs: number): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'leakline',
        // A header is Latin-1 on one line.
        'x-leakline-reason': reasons
          .join('; ')
          .replace(/[^\x20-\x7e]/g, '?')
          .slice(0, 500),
      },
      body: reportJson,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `${url.origin} answered ${answer.status}`;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'TimeoutError') return `${url.origin} did not answer within ${timeoutMs / 1000} s`;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : 'it cannot be reached';
    return `${url.origin}: ${cause}`;
  }
}

function run(
  command: string,
  { reportJson, reasons }: AlarmMessage,
  env: SendOptions['env'],
  timeoutMs: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    // A group of its own, so that all of a pipeline can be ended.
    const child = spawn('/bin/sh', ['-c', command], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...env, LEAKLINE_REASON: reasons.join('\n').replaceAll('\0', '') },
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // It ended in this moment.
      }
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve(`it cannot be started: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (timedOut) resolve(`it did not end within ${timeoutMs / 1000} s and was ended`);
      else resolve(code === 0 ? undefined : `it ended ${signal === null ? `with code ${code}` : `by ${signal}`}`);
    });
    // It may end without reading.
    child.stdin.on('error', () => {});
    child.stdin.end(reportJson);
  });
}
