// Writes large heap profiles of a made-up Go program, the same bytes each time: what real programs rarely offer for
// a benchmark. Shape: up to 3,000 functions in 300 packages, up to 20,000 call sites of which a fifth were inlined, stacks of 6 to
// 24 locations with shared callers, four values and a `bytes` label a sample, as runtime/pprof writes them.
import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** The path of the profile; it is made when it is not there. `round` 0 is the base, 1 a later moment with growth. */
export function syntheticProfile(directory, samples, round) {
  const path = join(directory, `heap-v2-${samples}-${round}.pb.gz`);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    mkdirSync(directory, { recursive: true });
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, gzipSync(encode(samples, round), { level: 1 }));
    renameSync(unfinished, path);
  }
  return path;
}

function encode(samples, round) {
  const locations = Math.max(60, Math.min(20_000, samples));
  const functions = Math.ceil(locations * 0.15);
  const out = writer(samples * 80 + 4_000_000);
  const strings = [''];
  const index = new Map([['', 0]]);
  const text = (value) => {
    let at = index.get(value);
    if (at === undefined) {
      at = strings.push(value) - 1;
      index.set(value, at);
    }
    return at;
  };
  const valueType = (field, type, unit) => out.pair(field, text(type), text(unit));
  valueType(11, 'space', 'bytes');
  out.number(12, 524288);
  for (const type of ['alloc', 'inuse']) {
    valueType(1, `${type}_objects`, 'count');
    valueType(1, `${type}_space`, 'bytes');
  }
  const random = generator(7);
  const stack = [];
  for (let sample = 0; sample < samples; sample++) {
    // Neighbours share callers, as buckets that were made by one part of a program do.
    const keep = Math.floor(random() * Math.min(stack.length, 16));
    stack.length = keep;
    const depth = 6 + Math.floor(random() * 18);
    while (stack.length < Math.max(depth, keep + 1)) {
      const caller = stack.at(-1) ?? 0;
      // A call site leads to few others; the leaf may be any.
      stack.push(1 + ((caller * 31 + Math.floor(random() ** 2 * 12) * 1237 + 17) % locations));
    }
    stack[stack.length - 1] = 1 + Math.floor(random() * locations);
    const size = 16 << Math.floor(random() * 10);
    const objects = 1 + Math.floor(random() * 2000);
    const growth = round > 0 && random() < 0.2 ? Math.floor(random() * 3000) : 0;
    const gone = round > 0 && random() < 0.1;
    const inuse = gone ? 0 : objects + growth;
    const allocated = objects * 3 + growth;
    out.message(2, () => {
      out.packed(1, stack.toReversed());
      out.packed(2, [allocated, allocated * size, inuse, inuse * size]);
      out.message(3, () => {
        out.number(1, text('bytes'));
        out.number(3, size);
      });
    });
  }
  out.message(3, () => {
    out.number(1, 1);
    out.number(2, 0x400000);
    out.number(3, 0x2000000);
    out.number(5, text('/srv/synthetic'));
    for (const field of [7, 8, 9, 10]) out.number(field, 1);
  });
  for (let row = 1; row <= locations; row++) {
    out.message(4, () => {
      out.number(1, row);
      out.number(2, 1);
      out.number(3, 0x401000 + row * 37);
      for (let line = row % 5 === 0 ? 2 : 1; line > 0; line--) {
        out.pair(4, 1 + ((row * 7 + line * 13) % functions), 10 + (row % 900));
      }
    });
  }
  for (let row = 1; row <= functions; row++) {
    const unit = `example.com/synthetic/service${row % 300}`;
    out.message(5, () => {
      out.number(1, row);
      out.number(2, text(`${unit}.(*worker${row % 17}).handle${row}`));
      out.number(3, text(`${unit}.(*worker${row % 17}).handle${row}`));
      out.number(4, text(`/srv/src/${unit}/worker${row % 17}.go`));
    });
  }
  out.number(9, 1_700_000_000_000_000_000n + BigInt(round) * 600_000_000_000n);
  const encoder = new TextEncoder();
  for (const value of strings) out.bytes(6, encoder.encode(value));
  return out.done();
}

function writer(capacity) {
  let buffer = Buffer.alloc(capacity);
  let at = 0;
  const varint = (value) => {
    if (at + 16 > buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    let rest = value;
    if (typeof rest === 'bigint') {
      for (; rest > 127n; rest >>= 7n) buffer[at++] = Number(rest & 127n) | 128;
      buffer[at++] = Number(rest);
      return;
    }
    for (; rest > 127; rest = Math.floor(rest / 128)) buffer[at++] = (rest % 128) | 128;
    buffer[at++] = rest;
  };
  const number = (field, value) => {
    varint(field * 8);
    varint(value);
  };
  /** Lengths are written behind the body, which is then moved: bodies here are short. */
  const enclosed = (field, write) => {
    varint(field * 8 + 2);
    const start = at;
    write();
    const length = at - start;
    const head = [];
    for (let rest = length; ; rest = Math.floor(rest / 128)) {
      head.push(rest > 127 ? (rest % 128) | 128 : rest);
      if (rest <= 127) break;
    }
    if (at + 16 > buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    buffer.copyWithin(start + head.length, start, at);
    for (const [offset, byte] of head.entries()) buffer[start + offset] = byte;
    at += head.length;
  };
  return {
    number,
    /** A message of two numbers, as fields 1 and 2. */
    pair: (field, first, second) =>
      enclosed(field, () => {
        number(1, first);
        number(2, second);
      }),
    packed: (field, values) => enclosed(field, () => values.forEach(varint)),
    bytes: (field, value) =>
      enclosed(field, () => {
        while (at + value.length + 16 > buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
        buffer.set(value, at);
        at += value.length;
      }),
    message: enclosed,
    done: () => buffer.subarray(0, at),
  };
}

/** Mulberry32: small, fast, the same everywhere. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
