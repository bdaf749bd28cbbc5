// An address → the Go calls at it, inlined ones first. Source: runtime/symtabinl.go: the tree index at the pc names the
// innermost inlined call, and each call's parentPc is an instruction of the place that it was inlined into.
import type { ByteSource } from '../../base/byte-source.ts';
import type { Frame } from '../../model/stacks.ts';
import { fileOf, pcValue } from './pc-value.ts';
import { functionNameAt, functionRowAt, int32, nameAt, type Pclntab } from './pclntab.ts';

/** What names an address: the table and the bytes that its inline trees are read from. */
export interface GoSymbols {
  readonly table: Pclntab;
  /** The inline trees; undefined when their place is not known: then a frame has the name of the outer function. */
  readonly inlineTrees: { readonly source: ByteSource; readonly fileOffset: number } | undefined;
}

const mostInlined = 64;
const inlineTreePcdata = 2;
const inlineTreeFuncdata = 3;

/** Frames at a link-time address, innermost first; empty when it is not Go's code. */
export async function goFramesAt(symbols: GoSymbols, address: number): Promise<readonly Frame[]> {
  const { table } = symbols;
  const row = functionRowAt(table, address);
  if (row < 0) return [];
  const record = readRecord(table, row);
  const frames: Frame[] = [];
  let pc = address - table.textStart - table.starts[row]!;
  for (let depth = 0; depth < mostInlined; depth++) {
    const place = placeAt(table, record, pc);
    const call = await inlinedCallAt(symbols, record, pc);
    if (call === undefined) {
      frames.push({ functionName: functionNameAt(table, row), ...place });
      break;
    }
    frames.push({ functionName: call.name, ...place });
    pc = call.parentPc;
  }
  return frames;
}

interface Record {
  readonly fileTable: number;
  readonly lineTable: number;
  readonly cuOffset: number;
  readonly inlineTable: number;
  readonly inlineTree: number | undefined;
}

function readRecord(table: Pclntab, row: number): Record {
  const at = table.records[row]!;
  const { layout } = table.header;
  // The 8 bytes of the address in Go 1.16 push all other fields back by four.
  const shift = layout === 'go1.16' ? 4 : 0;
  const field = (offset: number): number => int32(table, at + offset + shift) >>> 0;
  const pcdataCount = field(28);
  const tail = layout === 'go1.18' ? 40 : 44;
  const funcdataCount = table.bytes[at + tail - 1] ?? 0;
  const hasInlining = layout !== 'go1.16' && pcdataCount > inlineTreePcdata && funcdataCount > inlineTreeFuncdata;
  const treeOffset = hasInlining ? int32(table, at + tail + 4 * (pcdataCount + inlineTreeFuncdata)) : -1;
  return {
    fileTable: field(20),
    lineTable: field(24),
    cuOffset: field(32),
    inlineTable: hasInlining ? int32(table, at + tail + 4 * inlineTreePcdata) >>> 0 : 0,
    inlineTree: treeOffset === -1 ? undefined : treeOffset >>> 0,
  };
}

function placeAt(table: Pclntab, record: Record, pc: number): { readonly file: string; readonly line: number } {
  const fileNumber = pcValue(table, record.fileTable, pc);
  const line = pcValue(table, record.lineTable, pc);
  return { file: fileOf(table, record.cuOffset, fileNumber), line: Math.max(0, line) };
}

async function inlinedCallAt(symbols: GoSymbols, record: Record, pc: number) {
  const { table, inlineTrees } = symbols;
  if (inlineTrees === undefined || record.inlineTree === undefined || record.inlineTable === 0) return undefined;
  const index = pcValue(table, record.inlineTable, pc);
  if (index < 0) return undefined;
  const old = table.header.layout === 'go1.18';
  const size = old ? 20 : 16;
  const bytes = await inlineTrees.source.read(inlineTrees.fileOffset + record.inlineTree + index * size, size);
  if (bytes.length < size) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = nameAt(table, view.getInt32(old ? 12 : 4, true));
  const parentPc = view.getInt32(old ? 16 : 8, true);
  // A wrong place of the trees shows as a name that is none: better the outer function than nonsense.
  return name === '' || parentPc < 0 ? undefined : { name, parentPc };
}
