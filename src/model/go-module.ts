// What a go.mod says that a scan needs: the module's path and which Go it is built with.
// Source: go.dev/ref/mod#go-mod-file, go.dev/doc/godebug, go.dev/wiki/Go123Timer.
import { atLeast, type TimerAnswer } from './go-version.ts';

export interface ModuleFacts {
  readonly modulePath: string;
  /** `go1.22`, of the go line; undefined when there is none. */
  readonly goLine: string | undefined;
  /** `go1.24.1`, of the toolchain line. */
  readonly toolchain: string | undefined;
  /** Value of `godebug asynctimerchan=…`. */
  readonly asyncTimerChan: string | undefined;
}

/** Undefined when the text has no module line. */
export function readModuleFacts(text: string): ModuleFacts | undefined {
  const modulePath = /^[ \t]*module[ \t]+"?([^\s"]+)"?/m.exec(text)?.[1];
  if (modulePath === undefined) return undefined;
  const goLine = /^[ \t]*go[ \t]+(\d[^\s/]*)/m.exec(text)?.[1];
  const toolchain = /^[ \t]*toolchain[ \t]+(go\d[^\s/]*)/m.exec(text)?.[1];
  return {
    modulePath,
    goLine: goLine === undefined ? undefined : `go${goLine}`,
    toolchain,
    asyncTimerChan: /\basynctimerchan=(\d)/.exec(text)?.[1],
  };
}

/** The Go that the module is at least built with. */
export function goVersionOf({ goLine, toolchain }: ModuleFacts): string | undefined {
  if (goLine === undefined) return toolchain;
  return toolchain !== undefined && atLeast(toolchain, goLine.slice(2)) === true ? toolchain : goLine;
}

/** Whether a program of this module collects timers that nothing refers to, whichever toolchain builds it. */
export function timersOfModule(module: ModuleFacts | undefined): TimerAnswer {
  if (module?.goLine === undefined)
    return { answer: 'unknown', why: 'no go.mod with a go line says which Go it is built with' };
  const { goLine, toolchain } = module;
  if (atLeast(toolchain ?? goLine, '1.27') === true)
    return { answer: 'yes', why: `${toolchain ?? goLine} collects unreferenced timers` };
  if (module.asyncTimerChan !== undefined && module.asyncTimerChan !== '0')
    return { answer: 'no', why: `go.mod sets asynctimerchan=${module.asyncTimerChan}` };
  if (atLeast(goLine, '1.23') === true)
    return { answer: 'yes', why: `go.mod says ${goLine}, which collects unreferenced timers` };
  if (module.asyncTimerChan === '0' && atLeast(toolchain, '1.23') === true)
    return { answer: 'yes', why: `go.mod sets asynctimerchan=0 for ${toolchain}` };
  return {
    answer: 'no',
    why: `go.mod says ${goLine}: until Go 1.27 every toolchain keeps timers of such a module until they fire or are stopped`,
  };
}
