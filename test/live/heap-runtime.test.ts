// The runtime's variables in real processes: what the symbol table says is what their looks in memory say.
import { afterAll, describe, expect, it } from 'vitest';
import { readDataSymbols } from '../../src/decode/elf/data-symbols.ts';
import { readGoSymbols } from '../../src/decode/pclntab/locate-pclntab.ts';
import { functionRangesOf } from '../../src/goheap/function-range.ts';
import { locateRuntime } from '../../src/goheap/locate-runtime.ts';
import { readModules } from '../../src/goheap/module-data.ts';
import { namesOfSymbols } from '../../src/goheap/names-of-symbols.ts';
import { atLeast } from '../../src/model/go-version.ts';
import { hasGo, makeHeapPrograms, openHeapTarget } from './heap-program.ts';

describe.skipIf(!hasGo)('the runtime in memory (needs Go on Linux)', () => {
  const programs = makeHeapPrograms();
  afterAll(() => programs.remove());

  it.each([
    ['fixed addresses', []],
    ['position-independent', ['-buildmode=pie']],
  ] as const)('is found by its looks where its names say it is: %s', async (_, flags) => {
    const target = await programs.start(flags);
    const opened = await openHeapTarget(target.pid);
    const names = [namesOfSymbols(await readDataSymbols(opened.source, opened.elf))];
    const named = locateRuntime({ ...opened, names });
    const code = await readGoSymbols(opened.source, opened.elf, undefined);
    const functionRange = functionRangesOf(code.table, opened.loadBias);
    const looked = locateRuntime({ ...opened, names: [], functionRange });
    expect([named.foundBy, looked.foundBy]).toEqual(['names', 'memory']);
    expect(named.addresses).toMatchObject(looked.addresses);
    const since = (version: string, name: string): string[] => (atLeast(opened.goVersion, version) ? [name] : []);
    expect(Object.keys(looked.addresses).sort()).toEqual([
      'MemProfileRate',
      'allfin',
      'allgs',
      'allp',
      ...since('1.20', 'disableMemoryProfiling'),
      'firstmoduledata',
      ...since('1.25', 'gcCleanups'),
      'mProfCycle',
      'mbuckets',
      'mheap_',
      'semtable',
    ]);
    target.stop();
  });

  it.each([
    ['stripped', ['-ldflags=-s -w']],
    ['stripped and position-independent', ['-buildmode=pie', '-ldflags=-s -w']],
  ] as const)('is found without names: %s', async (_, flags) => {
    const target = await programs.start(flags);
    const opened = await openHeapTarget(target.pid);
    const names = [namesOfSymbols(await readDataSymbols(opened.source, opened.elf))];
    const { foundBy, addresses } = locateRuntime({ ...opened, names });
    expect(foundBy).toBe('memory');
    const [module, ...plugins] = readModules(opened.memory, opened.layout, addresses.firstmoduledata);
    expect(plugins).toEqual([]);
    const bss = opened.elf.sections.find((section) => section.name === '.bss')!;
    expect([module!.bss, module!.ebss]).toEqual([
      bss.address + opened.loadBias,
      bss.address + opened.loadBias + bss.bytes,
    ]);
    target.stop();
  });
});
