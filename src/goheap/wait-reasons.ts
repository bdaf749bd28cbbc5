// The words for the reasons why a goroutine waits, from the target itself. Source: runtime/runtime2.go waitReasonStrings, an
// array of strings; its end is where a string is none.
import type { NamedAddresses } from './locate-runtime.ts';
import { type Memory, readWord } from './memory.ts';

const mostReasons = 128;
const mostBytes = 64;

/** Empty when the variable has no name. */
export function readWaitReasons(memory: Memory, names: NamedAddresses, loadBias = 0): readonly string[] {
  const address = names.addressOf('runtime.waitReasonStrings');
  if (address === undefined) return [];
  const words: string[] = [];
  for (let at = address + loadBias; words.length < mostReasons; at += 16) {
    const pointer = readWord(memory, at);
    const length = readWord(memory, at + 8);
    if (pointer === undefined || length === undefined || length > mostBytes) break;
    if (length === 0 && words.length > 0) break;
    const bytes = length === 0 ? new Uint8Array(0) : memory.read(pointer, length);
    const text = bytes === undefined ? '' : Buffer.from(bytes).toString('latin1');
    if (!/^[\x20-\x7e]*$/.test(text) || (text === '' && words.length > 0)) break;
    words.push(text);
  }
  return words;
}
