// Locations of a profile → frames, once a location instead of once a sample. A location of inlined calls has several
// lines and so several frames; one without a symbol is named after its mapping, as `go tool pprof` names it.
import type { ProfileTable } from '../model/profile.ts';

/** CSR like `LocationColumns`: the frames of location i are [start[i] … start[i+1]), innermost (inlined) first. */
export interface LocationFrames {
  readonly start: Int32Array;
  /** What `internFrame` returned for each. */
  readonly frame: Int32Array;
}

export type InternFrame = (functionName: string, file: string, line: number) => number;

export function framesOfLocations(profile: ProfileTable, internFrame: InternFrame): LocationFrames {
  const { locations, functions } = profile;
  const start = new Int32Array(locations.length + 1);
  for (let row = 0; row < locations.length; row++) {
    start[row + 1] = start[row]! + Math.max(1, locations.lineStart[row + 1]! - locations.lineStart[row]!);
  }
  const frame = new Int32Array(start[locations.length]!);
  let at = 0;
  for (let row = 0; row < locations.length; row++) {
    const end = locations.lineStart[row + 1]!;
    if (locations.lineStart[row] === end) frame[at++] = internFrame(unknownName(profile, row), '', 0);
    for (let line = locations.lineStart[row]!; line < end; line++) {
      const functionRow = locations.lineFunction[line]!;
      const name = functionRow < 0 ? '' : functions.name(functionRow);
      frame[at++] =
        name === ''
          ? internFrame(unknownName(profile, row), '', 0)
          : internFrame(name, functions.file(functionRow), locations.lineNumber[line]!);
    }
  }
  return { start, frame };
}

/** `[libc.so.6]`: the same for all its addresses, which differ from run to run anyway. */
function unknownName(profile: ProfileTable, location: number): string {
  const address = profile.locations.address[location]!;
  const mapping = profile.mappings.find((candidate) => address >= candidate.start && address < candidate.limit);
  if (mapping === undefined || mapping.file === '') return '<unknown>';
  return `[${mapping.file.slice(mapping.file.lastIndexOf('/') + 1)}]`;
}
