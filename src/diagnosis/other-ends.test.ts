import { describe, expect, it } from 'vitest';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import { diagnose } from './diagnose.ts';

const many = [0, 50, 100, 150, 200, 250, 300, 350, 400, 450];
const few = many.map((count) => count / 5);
const client = 'net/http.(*persistConn).readLoop /go/src/net/http/transport.go:2450';
const dialConn = 'net/http.(*Transport).dialConn /go/src/net/http/transport.go:1994';
const served =
  'internal/poll.(*FD).Read /go/src/internal/poll/fd_unix.go:165 < net/http.(*conn).serve /go/src/net/http/server.go:2103';
const serve = 'net/http.(*Server).Serve /go/src/net/http/server.go:3464';

const rulesOf = (clients: readonly number[], servers: readonly number[]): readonly string[] =>
  diagnose(
    drawDiagnosisInput({
      heap: [],
      goroutines: [
        { stack: client, state: 'select', count: clients, createdBy: dialConn },
        { stack: served, state: 'IO wait', count: servers, createdBy: serve },
      ],
    }),
  ).findings.map(({ rule }) => rule);

describe('both ends of a connection in one process', () => {
  it('are one leak: of whoever keeps the client end', () => {
    expect(rulesOf(many, many)).toEqual(['response-body-not-closed']);
  });

  it('are two when the numbers do not fit: those are connections of somebody else', () => {
    expect(rulesOf(few, many)).toContain('connection-not-closed');
  });

  it('says nothing of who dials when only served connections pile up', () => {
    const [finding] = diagnose(
      drawDiagnosisInput({
        heap: [{ stack: 'net/http.(*Client).do /go/src/net/http/client.go:1 < svc.ask /app/ask.go:7', kib: many }],
        goroutines: [{ stack: served, state: 'IO wait', count: many, createdBy: serve }],
      }),
    ).findings.filter(({ rule }) => rule === 'connection-not-closed');
    expect(finding?.sites.map((site) => site.function)).not.toContain('svc.ask');
    expect(finding?.site.function).toBe('internal/poll.(*FD).Read');
  });
});
