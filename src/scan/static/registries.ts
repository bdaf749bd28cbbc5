// Containers of what wants to be called or told: functions, channels, listeners.
import type { LongLivedContainer } from './containers.ts';

/** As the run-time rule: names by which Go programs call what they notify. */
const observers = /(listener|observer|subscriber|subscription|callback|hook|watcher|subs$|sinks?$|notif(y|ier))/i;

export function isRegistry({ name, elementUnderneath, elementType }: LongLivedContainer): boolean {
  return (
    /^func\b/.test(elementUnderneath ?? '') ||
    /^(<-\s*)?chan\b/.test(elementUnderneath ?? '') ||
    observers.test(name.slice(name.lastIndexOf('.') + 1)) ||
    observers.test(elementType ?? '')
  );
}
