// Values by pc: file numbers, lines, indexes of inlined calls. Each table is a list of (value delta as zig-zag varint,
// pc delta as varint). Source: runtime/symtab.go pcvalue and step.
import { fault, int32, type Pclntab, textAt } from './pclntab.ts';

/** Steps of one table: a function of a megabyte of code has fewer. */
const mostSteps = 1 << 20;

/** The value at `target` (offset from the function's start); -1 when the table does not reach it or is empty. */
export function pcValue(table: Pclntab, tableOffset: number, target: number): number {
  if (tableOffset === 0) return -1;
  const { bytes, header } = table;
  let at = header.pcOffset + (tableOffset >>> 0);
  let value = -1;
  let pc = 0;
  for (let step = 0; step < mostSteps; step++) {
    const delta = varint(bytes, at);
    if (delta.value === 0 && step > 0) return -1;
    const pcDelta = varint(bytes, delta.next);
    value += delta.value & 1 ? -((delta.value >>> 1) + 1) : delta.value >>> 1;
    pc += pcDelta.value * header.quantum;
    at = pcDelta.next;
    if (target < pc) return value;
  }
  throw fault(at, `at most ${mostSteps} steps`);
}

/** File of a function by its number within the compilation unit; '' when unknown. */
export function fileOf(table: Pclntab, cuOffset: number, fileNumber: number): string {
  if (fileNumber < 0 || cuOffset === 0xffffffff) return '';
  const { header, bytes } = table;
  const at = header.cuOffset + (cuOffset + fileNumber) * 4;
  if (at + 4 > header.fileOffset) return '';
  const offset = int32(table, at);
  return offset === -1 ? '' : textAt(bytes, header.fileOffset + (offset >>> 0), header.pcOffset);
}

function varint(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let shift = 0, at = start; shift < 35; shift += 7, at++) {
    const byte = bytes[at];
    if (byte === undefined) throw fault(start, 'a whole varint');
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value: value >>> 0, next: at + 1 };
  }
  throw fault(start, 'a varint of at most five bytes');
}
