// Where a position-independent program was put: what must be added to the addresses of its file.
import { DecodeError } from '../base/errors.ts';
import { type Elf, loadSegment } from '../decode/elf/read-elf.ts';

/** A part of the executable in memory, as /proc/PID/maps or a core's NT_FILE note names it. */
export interface ImageMapping {
  readonly address: number;
  readonly fileOffset: number;
}

const pageBytes = 4096;

/** 0 for programs with fixed addresses. Throws DecodeError when no mapping is of this file. */
export function loadBiasOf(elf: Elf, mappings: readonly ImageMapping[]): number {
  for (const { address, fileOffset } of mappings) {
    for (const segment of elf.segments) {
      if (segment.type !== loadSegment) continue;
      const start = segment.offset - (segment.offset % pageBytes);
      if (fileOffset < start || fileOffset >= segment.offset + segment.fileBytes) continue;
      return address - (segment.address + (fileOffset - segment.offset));
    }
  }
  if (!elf.positionIndependent) return 0;
  throw new DecodeError('process memory', 0, 'a mapping of the executable', {
    advice: 'The executable is not the one that this process or core was started from.',
  });
}
