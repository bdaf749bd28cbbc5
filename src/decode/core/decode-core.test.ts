import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../base/errors.ts';
import { type CoreBytes, decodeCore } from './decode-core.ts';

const notesAt = 512;
const memoryAt = 2048;

/** A core with one thread (sp 0x7000, pc 0x401005), /bin/svc mapped at 0x400000, and 16 bytes of memory at 0x10000. */
function drawCore(): Uint8Array {
  const bytes = new Uint8Array(memoryAt + 16);
  const view = new DataView(bytes.buffer);
  const word = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 4, true);
  view.setUint16(18, 62, true);
  word(32, 64);
  view.setUint16(54, 56, true);
  view.setUint16(56, 3, true);
  const notes = drawNotes();
  bytes.set(notes, notesAt);
  const segment = (row: number, type: number, offset: number, address: number, file: number, memory: number): void => {
    const at = 64 + 56 * row;
    view.setUint32(at, type, true);
    for (const [i, value] of [offset, address, address, file, memory].entries()) word(at + 8 + 8 * i, value);
  };
  segment(0, 4, notesAt, 0, notes.length, 0);
  segment(1, 1, 0, 0x400000, 0, 0x2000);
  segment(2, 1, memoryAt, 0x10000, 16, 16);
  bytes.set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], memoryAt);
  return bytes;
}

function drawNotes(): Uint8Array {
  const status = new DataView(new ArrayBuffer(336));
  status.setInt32(32, 42, true);
  status.setBigUint64(112, 0xc000001000n, true);
  status.setBigUint64(112 + 8 * 16, 0x401005n, true);
  status.setBigUint64(112 + 8 * 19, 0x7000n, true);
  const path = new TextEncoder().encode('/bin/svc\0');
  const files = new DataView(new ArrayBuffer(40 + path.length));
  for (const [i, value] of [1, 4096, 0x400000, 0x402000, 1].entries()) files.setBigUint64(8 * i, BigInt(value), true);
  new Uint8Array(files.buffer).set(path, 40);
  const auxv = new DataView(new ArrayBuffer(32));
  for (const [i, value] of [3, 0x400040, 0, 0].entries()) auxv.setBigUint64(8 * i, BigInt(value), true);
  const parts = [
    [1, status],
    [0x46494c45, files],
    [6, auxv],
  ] as const;
  const out: number[] = [];
  for (const [type, body] of parts) {
    const head = new DataView(new ArrayBuffer(20));
    for (const [i, value] of [5, body.byteLength, type].entries()) head.setUint32(4 * i, value, true);
    new Uint8Array(head.buffer).set(new TextEncoder().encode('CORE\0'), 12);
    out.push(...new Uint8Array(head.buffer), ...new Uint8Array(body.buffer));
    while (out.length % 4 !== 0) out.push(0);
  }
  return Uint8Array.from(out);
}

const fileOf = (bytes: Uint8Array): CoreBytes => ({
  size: bytes.length,
  readInto(offset, into) {
    const part = bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  },
});

describe('decodeCore', () => {
  it('reads memory, threads and files', () => {
    const core = decodeCore(fileOf(drawCore()));
    const into = new Uint8Array(8);
    expect(core.memory.readInto(0x10004, into)).toBe(8);
    expect([...into]).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(core.threads).toMatchObject([{ tid: 42, sp: 0x7000, pc: 0x401005 }]);
    expect(core.threads[0]!.registers).toContain(0xc000001000);
    expect(core.files).toEqual([{ start: 0x400000, end: 0x402000, fileOffset: 4096, path: '/bin/svc' }]);
    expect(core.executable).toBe('/bin/svc');
    expect(core.leftOutBytes).toBe(0x2000);
  });

  it('gives what is there at the end of memory, and nothing of what was left out', () => {
    const { memory } = decodeCore(fileOf(drawCore()));
    expect(memory.readInto(0x1000c, new Uint8Array(8))).toBe(4);
    expect(memory.readInto(0x400000, new Uint8Array(8))).toBe(0);
    expect(memory.readInto(0xffff, new Uint8Array(8))).toBe(0);
  });

  it('says that a core was cut, and what to do', () => {
    const cut = drawCore().slice(0, memoryAt + 4);
    expect(() => decodeCore(fileOf(cut))).toThrow(/expected 12 bytes more/);
    expect(() => decodeCore(fileOf(cut))).toThrow(
      expect.objectContaining({ advice: expect.stringContaining('ulimit') }),
    );
  });

  it('knows an executable, and a packed core, by their first bytes', () => {
    const executable = drawCore();
    executable[16] = 2;
    expect(() => decodeCore(fileOf(executable))).toThrow(/expected a core file/);
    const packed = new Uint8Array(64);
    packed.set([0x28, 0xb5, 0x2f, 0xfd]);
    expect(() => decodeCore(fileOf(packed))).toThrow(/unpacked/);
  });

  it('answers damage with an error or other facts, never with a crash', () => {
    const whole = drawCore();
    for (let at = 0; at < memoryAt; at++) {
      const bytes = whole.slice();
      bytes[at]! ^= 0xff;
      try {
        decodeCore(fileOf(bytes)).memory.readInto(0x10000, new Uint8Array(16));
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }
    for (let length = 0; length < whole.length; length += 7) {
      expect(() => decodeCore(fileOf(whole.slice(0, length)))).toThrow(DecodeError);
    }
  });
});
