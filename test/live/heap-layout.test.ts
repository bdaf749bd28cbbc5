// The table of the installed Go version against what a binary of it says of itself.

import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { readDebugInfo } from '../../src/decode/dwarf/debug-info.ts';
import { factsOfDebugInfo, namesOfDebugInfo } from '../../src/goheap/debug-facts.ts';
import { fileMemory } from '../../src/goheap/file-memory.ts';
import { makeLayout } from '../../src/goheap/make-layout.ts';
import { readWaitReasons } from '../../src/goheap/wait-reasons.ts';
import { hasGo, makeHeapPrograms, openHeapTarget } from './heap-program.ts';

describe.skipIf(!hasGo)('the layout of the installed Go (needs Go on Linux)', () => {
  const programs = makeHeapPrograms();
  afterAll(() => programs.remove());

  it('is what the debug information of a binary says', async () => {
    const target = await programs.start([]);
    const { source, elf, layout } = await openHeapTarget(target.pid);
    const debug = (await readDebugInfo(source, elf))!;
    const memory = fileMemory(readFileSync(`/proc/${target.pid}/exe`), elf);
    const { version, madeFrom } = layout;
    const waitReasons = readWaitReasons(memory, namesOfDebugInfo(debug));
    const said = makeLayout(factsOfDebugInfo(debug), { version, madeFrom, waitReasons });
    // The linker drops debug information of what a program does not use.
    const there = Object.entries(said.structs).filter(([, fields]) => fields !== undefined);
    expect(layout).toMatchObject({ ...said, structs: Object.fromEntries(there), constants: {} });
    expect(there.length).toBeGreaterThan(30);
    target.stop();
  });

  it('cannot be made where the binary does not say enough', async () => {
    const facts = { struct: () => undefined, constant: () => undefined };
    const origin = { version: 'go1.99', madeFrom: 'the target', waitReasons: [] };
    expect(() => makeLayout(facts, origin)).toThrow(/the debug information of the target lacks runtime\.mheap, /);
  });
});
