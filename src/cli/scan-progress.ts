// How far a scan is, on stderr: one line that is rewritten on a terminal, nothing elsewhere, because it is soon over.
import type { CliIo } from './io.ts';

export interface ScanProgress {
  readonly update: (done: number) => void;
  readonly end: () => void;
}

const everyMs = 100;

export function createScanProgress(io: CliIo, total: number): ScanProgress {
  const terminal = io.stderr.isTTY === true && io.env['TERM'] !== 'dumb';
  let lastMs = io.nowMs();
  let shown = false;
  return {
    update(done) {
      const nowMs = io.nowMs();
      if (!terminal || nowMs - lastMs < everyMs) return;
      lastMs = nowMs;
      shown = true;
      io.stderr.write(`\r\u001b[2Kscanning: ${done} of ${total} packages`);
    },
    end() {
      if (shown) io.stderr.write('\r\u001b[2K');
    },
  };
}
