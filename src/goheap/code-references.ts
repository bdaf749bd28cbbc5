// Which code refers to which variable, where no names are left: amd64 code reaches variables by an offset from the next
// instruction. Instructions are not decoded one after the other: a byte that can be the ModRM byte of such an operand, with
// an opcode before it that takes one, and a target inside the data of the program. Chance does not often do that.
// Source: Intel SDM volume 2, 2.1.5 (ModRM: mod 00, rm 101) and appendix A (opcode maps).

export interface CodeReferences {
  readonly length: number;
  /** Rising addresses of what is referred to. */
  readonly target: Float64Array;
  /** Address of the instruction, a few bytes off: enough to tell its function. */
  readonly pc: Float64Array;
  /** 1: it takes the address (lea), as of arrays and structs, whose other parts are then reached from it. */
  readonly takesAddress: Uint8Array;
}

export interface CodeRange {
  readonly bytes: Uint8Array;
  /** Of the first byte. */
  readonly address: number;
}

/** Bytes of immediate operand behind the offset, by one-byte opcode; those that take no memory operand are not there. */
const immediateOfOpcode = new Int8Array(256).fill(-1);
// Arithmetic and logic (op r/m, r and op r, r/m), mov, lea, test, xchg, cmp, inc, dec, call, jmp, push.
for (let group = 0; group < 0x40; group += 8) for (const low of [0, 1, 2, 3]) immediateOfOpcode[group + low] = 0;
for (const opcode of [0x63, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8d, 0xff, 0xfe])
  immediateOfOpcode[opcode] = 0;
for (const opcode of [0x6b, 0x80, 0x83, 0xc0, 0xc1, 0xc6]) immediateOfOpcode[opcode] = 1;
for (const opcode of [0x69, 0x81, 0xc7]) immediateOfOpcode[opcode] = 4;
const lea = 0x8d;
const twoByteEscape = 0x0f;
const operandSizePrefix = 0x66;

/** References from code to [start, end). */
export function findCodeReferences(code: CodeRange, start: number, end: number): CodeReferences {
  const { bytes, address } = code;
  const targets: number[] = [];
  const pcs: number[] = [];
  for (let at = 1; at + 5 <= bytes.length; at++) {
    if ((bytes[at]! & 0xc7) !== 0x05) continue;
    const opcode = bytes[at - 1]!;
    let immediate = immediateOfOpcode[opcode]!;
    // Two-byte opcodes (SSE moves, cmpxchg, movzx) have no immediate, with few exceptions that do not matter here.
    if (at >= 2 && bytes[at - 2] === twoByteEscape) immediate = 0;
    if (immediate < 0) continue;
    if (immediate === 4 && at >= 2 && bytes[at - 2] === operandSizePrefix) immediate = 2;
    const offset = bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 24);
    const target = address + at + 5 + immediate + offset;
    if (target < start || target >= end) continue;
    targets.push(target);
    pcs.push(address + at);
  }
  const order = targets.map((_, i) => i).sort((a, b) => targets[a]! - targets[b]! || pcs[a]! - pcs[b]!);
  return {
    length: order.length,
    target: Float64Array.from(order, (i) => targets[i]!),
    pc: Float64Array.from(order, (i) => pcs[i]!),
    takesAddress: Uint8Array.from(order, (i) => (bytes[pcs[i]! - address - 1] === lea ? 1 : 0)),
  };
}
