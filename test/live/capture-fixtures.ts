// What the capture tests share: a short plan, silent options, a local HTTP server, and views of a case.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { type CapturePlan, defaultPlan } from '../../src/capture/capture-plan.ts';
import type { CaptureOptions } from '../../src/capture/capture-target.ts';
import type { Artefact, ArtefactKind } from '../../src/model/artefact.ts';
import type { Case } from '../../src/model/case.ts';

export const shortPlan: CapturePlan = { ...defaultPlan, forMs: 1200, everyMs: 200, restartGraceMs: 3000 };

export function quietOptions(plan: Partial<CapturePlan> = {}, more: Partial<CaptureOptions> = {}): CaptureOptions {
  const output = new PassThrough();
  output.resume();
  return {
    plan: { ...shortPlan, ...plan },
    client: {},
    commandOutput: output,
    stdin: Readable.from([]),
    nowMs: () => Date.now(),
    ...more,
  };
}

export const kindsOf = (artefacts: readonly Artefact[]): ArtefactKind[] =>
  [...new Set(artefacts.map((artefact) => artefact.kind))].sort();
export const heapsOf = (result: { artefacts: readonly Artefact[] }): Artefact[] =>
  result.artefacts.filter((artefact) => artefact.kind === 'heap-profile');
export const messagesOf = (result: Pick<Case, 'notes'>): string => result.notes.map((note) => note.message).join('\n');

export async function listen(handler: http.RequestListener): Promise<{ url: string; port: number; close: () => void }> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
