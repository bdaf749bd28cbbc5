// The end of a recording: a last look, and the report of what is stored. Who ends it by hand waits for it, so it is kept
// short; who does so twice gets what was reported last.
import { KnownError } from '../base/errors.ts';
import type { TargetConnection } from '../capture/connect-target.ts';
import type { Report } from '../report/report.ts';
import { type Session, tell } from './session.ts';
import { momentOf, takeProfiles, takeWalk } from './take-step.ts';

/** A target that hangs does not hold the end. */
const lastCaptureMs = 15_000;
/** Somebody waits, or kills us when he has waited for long. */
const hurriedCaptureMs = 5000;
const hurriedAnalysisMs = 45_000;
const walkedLatelyMs = 600_000;

export async function takeLast(session: Session, connection: TargetConnection): Promise<void> {
  const isHurried = session.options.signal.aborted;
  const until = AbortSignal.timeout(isHurried ? hurriedCaptureMs : lastCaptureMs);
  try {
    await takeProfiles(session, connection, { full: true, profiles: true }, until);
    if (session.start.growing && !(isHurried && walkedLately(session))) await takeWalk(session, connection);
  } catch (error) {
    if (!(error instanceof KnownError) || error.code.startsWith('E-STORE')) throw error;
    await tell(session, 'note', `the last capture failed: ${error.message}`);
  }
}

function walkedLately({ start, options }: Session): boolean {
  return start.lastWalkMs !== undefined && options.clock.monotonicMs() - start.lastWalkMs < walkedLatelyMs;
}

/** Where somebody waits, and the last analysis takes long, the one before it. */
export async function concludeInTime(session: Session): Promise<Report | undefined> {
  const { judge, options } = session;
  const before = judge.latest();
  const concluded = judge.conclude(momentOf(session));
  if (!options.signal.aborted || before === undefined) return concluded;
  const ended = new AbortController();
  const late = options.clock.wait(hurriedAnalysisMs, ended.signal).then(() => 'late' as const);
  const report = await Promise.race([concluded, late]);
  ended.abort();
  if (report !== 'late') return report;
  // It fails on its own account; the process is about to end.
  concluded.catch(() => {});
  await tell(session, 'note', 'the last analysis took too long: the report is the one before it');
  return before;
}

/** What `work` comes to, or that the signal did not wait for it: it is left alone then, whatever becomes of it. */
export async function unlessLeft<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T | 'left'> {
  if (signal === undefined) return work;
  let leave = (): void => {};
  const left = new Promise<'left'>((resolve) => {
    leave = () => resolve('left');
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
  });
  try {
    return await Promise.race([work, left]);
  } finally {
    signal.removeEventListener('abort', leave);
    work.catch(() => {});
  }
}
