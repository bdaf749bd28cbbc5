// Collects records of Go's text profiles (debug=1) into the columns of a ProfileTable.
// The text spells each frame of a stack out, inlined ones included, so every different frame line is one location.
import type { FunctionColumns, Label, LocationColumns, SampleColumns } from '../../model/profile.ts';

export interface TextTableBuilder {
  /** A frame line `#\t0x4b0e6c\tmain.main+0x4c\t/srv/main.go:12`; the row of its location, or -1 when it names none. */
  internFrameLine(line: string): number;
  /** A bare address without a name. */
  internAddress(address: number): number;
  addSample(values: readonly number[], locations: readonly number[], labels: readonly Label[]): void;
  finish(): { samples: SampleColumns; locations: LocationColumns; functions: FunctionColumns };
}

export function createTextTableBuilder(sampleTypes: number): TextTableBuilder {
  const values: number[][] = Array.from({ length: sampleTypes }, () => []);
  const locationStart = [0];
  const location: number[] = [];
  const labelStart = [0];
  const labels: Label[] = [];
  const rowOfLine = new Map<string, number>();
  const functionOf = new Map<string, number>();
  const functionName: string[] = [];
  const functionFile: string[] = [];
  const lineFunction: number[] = [];
  const lineNumber: number[] = [];
  const address: number[] = [];

  const internFunction = (name: string, file: string): number => {
    const key = `${name}\n${file}`;
    let row = functionOf.get(key);
    if (row === undefined) {
      row = functionName.length;
      functionOf.set(key, row);
      functionName.push(name);
      functionFile.push(file);
    }
    return row;
  };
  const addLocation = (key: string, at: number, functionRow: number, line: number): number => {
    const row = address.length;
    rowOfLine.set(key, row);
    address.push(at);
    lineFunction.push(functionRow);
    lineNumber.push(line);
    return row;
  };
  return {
    internFrameLine(line) {
      const known = rowOfLine.get(line);
      if (known !== undefined) return known;
      const frame = parseFrameLine(line);
      if (frame === undefined) return -1;
      const functionRow = frame.name === '' ? -1 : internFunction(frame.name, frame.file);
      return addLocation(line, frame.address, functionRow, frame.line);
    },
    internAddress(at) {
      const key = `@${at}`;
      return rowOfLine.get(key) ?? addLocation(key, at, -1, 0);
    },
    addSample(sampleValues, locations, sampleLabels) {
      for (let type = 0; type < sampleTypes; type++) values[type]!.push(sampleValues[type] ?? 0);
      for (const row of locations) location.push(row);
      locationStart.push(location.length);
      for (const label of sampleLabels) labels.push(label);
      labelStart.push(labels.length);
    },
    finish() {
      const named = lineFunction.map((row) => row >= 0);
      let lines = 0;
      const lineStart = Int32Array.from([0, ...named.map((has) => (has ? ++lines : lines))]);
      return {
        samples: {
          length: locationStart.length - 1,
          values: values.map((column) => Float64Array.from(column)),
          locationStart: Int32Array.from(locationStart),
          location: Int32Array.from(location),
          labelStart: labels.length > 0 ? Int32Array.from(labelStart) : undefined,
          labels,
        },
        locations: {
          length: address.length,
          lineStart,
          lineFunction: Int32Array.from(lineFunction.filter((_, row) => named[row])),
          lineNumber: Int32Array.from(lineNumber.filter((_, row) => named[row])),
          address: Float64Array.from(address),
        },
        functions: {
          length: functionName.length,
          name: (row) => functionName[row]!,
          file: (row) => functionFile[row]!,
        },
      };
    },
  };
}

/** Undefined for a line without an address or with address 0 (threads that Go did not start). */
function parseFrameLine(text: string): { address: number; name: string; file: string; line: number } | undefined {
  // Columns are separated by one or more tabs: Go writes through a tabwriter.
  const cells = text.split('\t').filter((cell) => cell !== '');
  if (cells[0] !== '#' || cells[1] === undefined) return undefined;
  const address = parseAddress(cells[1]);
  if (address === undefined || address === 0) return undefined;
  const nameCell = cells[2];
  const place = cells[3] ?? '';
  if (nameCell === undefined) return { address, name: '', file: '', line: 0 };
  const plus = nameCell.lastIndexOf('+0x');
  const colon = place.lastIndexOf(':');
  const line = colon < 0 ? 0 : Number(place.slice(colon + 1));
  return {
    address,
    name: plus < 0 ? nameCell : nameCell.slice(0, plus),
    file: colon < 0 ? place : place.slice(0, colon),
    line: Number.isInteger(line) && line > 0 && line <= 0x7fffffff ? line : 0,
  };
}

/** Undefined unless it is `0x` and hex digits that make an exact number. */
export function parseAddress(text: string): number | undefined {
  if (!/^0x[0-9a-f]{1,16}$/i.test(text)) return undefined;
  const address = Number(text);
  return Number.isSafeInteger(address) ? address : undefined;
}
