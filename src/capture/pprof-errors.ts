// Turns an HTTP answer that is not a profile, or no answer, into an error that says what stands there and what to do.
import { CaptureError } from '../base/errors.ts';
import type { HttpAnswer, HttpFailure } from './http-get.ts';

/** A base path that did not hold pprof's index. */
export interface Refusal {
  readonly url: string;
  readonly status: number;
  readonly isHtml: boolean;
  readonly location: string | undefined;
}

const howToServe =
  'In the service: import _ "net/http/pprof" and serve http.DefaultServeMux on a private port, e.g. ' +
  'go http.ListenAndServe("localhost:6060", nil). If it is served under another path, give that: http://host:port/prefix. ' +
  'On the same machine, `leakline PID` finds the port by itself.';

/** Replaces each secret that found its way into a text. */
export function redact(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== undefined && secret !== '') clean = clean.replaceAll(secret, '…');
  return clean;
}

export function explainFailure(failure: HttpFailure, url: string, schemeGiven: boolean): CaptureError {
  const where = new URL(url);
  const host = where.host;
  const make = (code: string, message: string, advice?: string) =>
    new CaptureError(code, message, { cause: failure, ...(advice === undefined ? {} : { advice }) });
  switch (failure.kind) {
    case 'refused':
      return make(
        'E-CAPTURE-REFUSED',
        `${host}: connection refused: nothing listens there`,
        'Check that the service runs and its pprof port (ss -ltnp shows it). In a container the port must be published or forwarded: kubectl port-forward, docker -p.',
      );
    case 'reset':
      return make(
        'E-CAPTURE-RESET',
        `${url}: the connection was cut: ${failure.message}`,
        'The service may have stopped, or the port speaks another protocol.',
      );
    case 'timeout':
      return make(
        'E-CAPTURE-TIMEOUT',
        `${url}: ${failure.message}`,
        'Give it longer with --timeout, or check for a firewall that drops packets. --gentle avoids the forced GC.',
      );
    case 'name':
      return make(
        'E-CAPTURE-NAME',
        `${where.hostname}: no such host`,
        'Check the name; a Kubernetes service name is known inside the cluster only: use kubectl port-forward.',
      );
    case 'unreachable':
      return make(
        'E-CAPTURE-UNREACHABLE',
        `${host}: not reachable from here: ${failure.message}`,
        'Check the network, or run leakline on the same machine.',
      );
    case 'tls':
      return explainTls(failure, url, make, schemeGiven);
    case 'too-big':
      return make('E-CAPTURE-SIZE', `${url}: ${failure.message}`, 'This is no usual profile; check the URL.');
    case 'aborted':
      return make('E-CAPTURE-ABORTED', `${url}: ended early`);
    case 'protocol':
      return make(
        'E-CAPTURE-PROTOCOL',
        `${url}: the answer is not HTTP: ${failure.message}`,
        'Check that this is the pprof port, and http against https.',
      );
  }
}

function explainTls(
  failure: HttpFailure,
  url: string,
  make: (code: string, message: string, advice?: string) => CaptureError,
  schemeGiven: boolean,
): CaptureError {
  if (/wrong version number|packet length too long|before secure TLS/i.test(failure.message))
    return make(
      'E-CAPTURE-TLS',
      `${url}: the port does not speak TLS`,
      schemeGiven ? `Write ${url.replace(/^https:/, 'http:')}` : 'Write the address with http://.',
    );
  if (/client certificate|bad certificate|certificate required|alert number (42|116)/i.test(failure.message))
    return make(
      'E-CAPTURE-TLS',
      `${url}: the server wants a client certificate`,
      'Use a port without mutual TLS, for example through kubectl port-forward.',
    );
  return make(
    'E-CAPTURE-TLS',
    `${url}: the certificate is not trusted: ${failure.message}`,
    'Give its authority with --ca FILE, or skip the check with --insecure.',
  );
}

/** For an answer that should have been a profile. `text` is the head of its body. */
export function explainStatus(answer: HttpAnswer, url: string, text: string): CaptureError {
  const firstLine = text.trim().split('\n', 1)[0]!.slice(0, 160);
  switch (answer.status) {
    case 401:
      return new CaptureError('E-CAPTURE-AUTH', `${url}: 401, the server wants credentials`, {
        advice: 'Write them as http://user:password@host:port, or give --header "Authorization: Bearer …".',
      });
    case 403:
      return new CaptureError('E-CAPTURE-AUTH', `${url}: 403, the server refuses access`, {
        advice:
          'Many services allow pprof from the same machine only: run leakline there, or forward the port with ssh -L or kubectl port-forward.',
      });
    case 404:
      return new CaptureError('E-CAPTURE-404', `${url}: 404, not served${firstLine === '' ? '' : ` (${firstLine})`}`, {
        advice: howToServe,
      });
    case 200:
      return new CaptureError('E-CAPTURE-CONTENT', `${url}: the answer is a web page, not a profile`, {
        advice: 'A login page or a single-page app answers here. Point at the service itself, at its pprof port.',
      });
    default:
      return new CaptureError(
        'E-CAPTURE-STATUS',
        `${url}: HTTP ${answer.status}${firstLine === '' ? '' : `: ${firstLine}`}`,
        {
          advice:
            answer.status >= 500
              ? 'The service or a proxy before it fails; see its log.'
              : 'Check the URL and its prefix.',
        },
      );
  }
}

/** When no base path held the index. */
export function explainNoPprof(label: string, refusals: readonly Refusal[]): CaptureError {
  const tried = refusals.map((refusal) => new URL(refusal.url).pathname).join(', ');
  const redirect = refusals.find((refusal) => refusal.status >= 300 && refusal.status < 400);
  if (redirect?.location !== undefined)
    return new CaptureError(
      'E-CAPTURE-CONTENT',
      `${label}: the server sends pprof requests elsewhere (${redirect.location.slice(0, 120)})`,
      {
        advice:
          'That is probably a login or an https redirect: give the final address, with credentials if it needs them.',
      },
    );
  if (refusals.some((refusal) => refusal.status === 200 && refusal.isHtml))
    return new CaptureError('E-CAPTURE-CONTENT', `${label}: a web page answers instead of pprof (tried ${tried})`, {
      advice: `Another server or a single-page app answers on this port. ${howToServe}`,
    });
  if (refusals.some((refusal) => refusal.status >= 500))
    return new CaptureError(
      'E-CAPTURE-STATUS',
      `${label}: the server fails with HTTP ${refusals.find((r) => r.status >= 500)?.status}`,
      {
        advice: 'The service or a proxy before it fails; see its log.',
      },
    );
  return new CaptureError('E-CAPTURE-404', `${label}: a server answers, but it does not serve pprof (tried ${tried})`, {
    advice: howToServe,
  });
}
