// Growth per stack → a pprof profile, so that `go tool pprof`, its web view and every other viewer can show
// what this program measured. Source of the format: github.com/google/pprof proto/profile.proto.
// Stacks that share callers share locations: a location stands for one frame (function, file, line).
import type { StackTable } from '../model/stacks.ts';

export interface GrowthProfile {
  readonly stacks: StackTable;
  /** Rows of `stacks`; the columns below have one value for each. */
  readonly rows: ArrayLike<number>;
  /** Whole numbers; a fraction is rounded. Negative where a stack shrank. */
  readonly deltaObjects: ArrayLike<number>;
  readonly deltaBytes: ArrayLike<number>;
  /** End of the window, ms since 1970; 0 when unknown. */
  readonly timeMs: number;
  readonly durationMs: number;
  /** Mean bytes between samples; 0 when unknown. */
  readonly periodBytes: number;
  readonly comments: readonly string[];
}

/** Protobuf bytes, not zipped; stacks without a change in both values are left out. */
export function encodeGrowthProfile(profile: GrowthProfile): Uint8Array {
  const { stacks, rows } = profile;
  const { frames } = stacks;
  const out = createMessage();
  const strings = createStringIndex();
  const functions = new Map<string, number>();
  const functionsOut = createMessage();
  const locationsOut = createMessage();
  const locationOf = new Int32Array(frames.length);
  let locations = 0;

  const functionId = (frame: number): number => {
    const name = frames.functionName[frame]!;
    const file = frames.file[frame]!;
    const key = `${name}\n${file}`;
    let id = functions.get(key);
    if (id === undefined) {
      id = functions.size + 1;
      functions.set(key, id);
      const message = createMessage();
      message.number(1, id);
      message.number(2, strings.indexOf(name));
      message.number(3, strings.indexOf(name));
      message.number(4, strings.indexOf(file));
      functionsOut.nested(5, message);
    }
    return id;
  };
  const locationId = (frame: number): number => {
    if (locationOf[frame] === 0) {
      locationOf[frame] = ++locations;
      const line = createMessage();
      line.number(1, functionId(frame));
      line.number(2, frames.line[frame]!);
      const message = createMessage();
      message.number(1, locations);
      message.number(2, 1);
      message.nested(4, line);
      locationsOut.nested(4, message);
    }
    return locationOf[frame]!;
  };
  const valueType = (type: string, unit: string): Message => {
    const message = createMessage();
    message.number(1, strings.indexOf(type));
    message.number(2, strings.indexOf(unit));
    return message;
  };

  out.nested(1, valueType('inuse_objects', 'count'));
  out.nested(1, valueType('inuse_space', 'bytes'));
  const sample = createMessage();
  for (let entry = 0; entry < rows.length; entry++) {
    const objects = Math.round(profile.deltaObjects[entry]!);
    const bytes = Math.round(profile.deltaBytes[entry]!);
    if (objects === 0 && bytes === 0) continue;
    sample.clear();
    for (let stack = rows[entry]!; stack >= 0; stack = stacks.prefix[stack]!) {
      sample.number(1, locationId(stacks.frame[stack]!));
    }
    // Both values are written even when zero: every sample has one for each type.
    sample.number(2, objects);
    sample.number(2, bytes);
    out.nested(2, sample);
  }
  // One mapping that says "symbolised", so that viewers do not look for a binary.
  const mapping = createMessage();
  mapping.number(1, 1);
  for (const field of [7, 8, 9, 10]) mapping.number(field, 1);
  out.nested(3, mapping);
  out.append(locationsOut);
  out.append(functionsOut);
  if (profile.timeMs > 0) out.bigNumber(9, BigInt(Math.round(profile.timeMs)) * 1_000_000n);
  if (profile.durationMs > 0) out.bigNumber(10, BigInt(Math.round(profile.durationMs)) * 1_000_000n);
  out.nested(11, valueType('space', 'bytes'));
  if (profile.periodBytes > 0) out.number(12, Math.round(profile.periodBytes));
  for (const comment of profile.comments) out.number(13, strings.indexOf(comment));
  out.number(14, strings.indexOf('inuse_space'));
  const encoder = new TextEncoder();
  for (const text of strings.all) out.bytes(6, encoder.encode(text));
  return out.done();
}

interface StringIndex {
  readonly all: readonly string[];
  indexOf(text: string): number;
}

function createStringIndex(): StringIndex {
  const all = [''];
  const index = new Map([['', 0]]);
  return {
    all,
    indexOf(text) {
      let at = index.get(text);
      if (at === undefined) {
        at = all.length;
        index.set(text, at);
        all.push(text);
      }
      return at;
    },
  };
}

interface Message {
  /** A safe integer as int64. */
  number(field: number, value: number): void;
  bigNumber(field: number, value: bigint): void;
  bytes(field: number, value: Uint8Array): void;
  nested(field: number, message: Message): void;
  /** The fields of another message, as they are. */
  append(message: Message): void;
  clear(): void;
  /** Valid until the next write. */
  done(): Uint8Array;
}

function createMessage(): Message {
  let buffer = new Uint8Array(64);
  let length = 0;
  const reserve = (bytes: number) => {
    if (length + bytes <= buffer.length) return;
    const wider = new Uint8Array(Math.max(length + bytes, buffer.length * 2));
    wider.set(buffer.subarray(0, length));
    buffer = wider;
  };
  const unsigned = (value: number) => {
    reserve(10);
    let rest = value;
    while (rest > 0x7f) {
      buffer[length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    buffer[length++] = rest;
  };
  const wide = (value: bigint) => {
    reserve(10);
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      buffer[length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    buffer[length++] = Number(rest);
  };
  const copy = (bytes: Uint8Array) => {
    reserve(bytes.length);
    buffer.set(bytes, length);
    length += bytes.length;
  };
  return {
    number(field, value) {
      unsigned(field * 8);
      if (value < 0) wide(BigInt(value));
      else unsigned(value);
    },
    bigNumber(field, value) {
      unsigned(field * 8);
      wide(value);
    },
    bytes(field, value) {
      unsigned(field * 8 + 2);
      unsigned(value.length);
      copy(value);
    },
    nested(field, message) {
      this.bytes(field, message.done());
    },
    append(message) {
      copy(message.done());
    },
    clear() {
      length = 0;
    },
    done: () => buffer.subarray(0, length),
  };
}
