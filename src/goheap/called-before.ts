// Which function the call in front of a return address goes to. Stacks of old Go versions begin with the function that asked
// the runtime for memory, and leave out what it asked for: a slice, a string or one object.
// Source: Intel SDM volume 2, CALL rel32 (E8).
import { type Memory, uint32At } from './memory.ts';

const directCall = 0xe8;
const callBytes = 5;

/** Address of the called function; undefined for calls through a register, and where no code can be read. amd64 only. */
export function calledBefore(memory: Memory, returnAddress: number): number | undefined {
  const code = returnAddress > callBytes ? memory.read(returnAddress - callBytes, callBytes) : undefined;
  return code?.[0] === directCall ? returnAddress + (uint32At(code, 1) | 0) : undefined;
}
