// A copied heap → its graph. The steps in their order: objects, roots, walk, types, names.
import { lazily } from '../base/lazily.ts';
import type { HeapGraph, HeapWalk } from '../model/heap-graph.ts';
import { readWaits } from './blocked-on.ts';
import { createCodeLines } from './code-lines.ts';
import { findContainers } from './find-containers.ts';
import { findCuts } from './find-cuts.ts';
import { findLostElements } from './find-lost-elements.ts';
import { createFramePlans, type FramePlans } from './frame-plans.ts';
import { addGlobalRoots, type GlobalNames } from './global-roots.ts';
import { describeGoroutines } from './goroutine-columns.ts';
import { addGoroutineRoots } from './goroutine-roots.ts';
import { guessTypes } from './guess-types.ts';
import type { HeapImage } from './heap-image.ts';
import { describeTypes } from './heap-types.ts';
import { functionNamesOf, nameThings } from './name-things.ts';
import { indexObjects, type ObjectIndex, slotOfAddress } from './object-index.ts';
import { createScanner } from './pointer-scanner.ts';
import { lazilyProved } from './proofs/lazily-proved.ts';
import type { GoProgram } from './read-program.ts';
import { createReferenceNames } from './reference-names.ts';
import { createRootSetBuilder, type RootSetBuilder } from './root-set.ts';
import { readSampledObjects } from './sampled-objects.ts';
import { selfChecksOf } from './self-checks.ts';
import { spanOfAddress } from './span-table.ts';
import { addSpecialRoots } from './special-roots.ts';
import { addTimerRoots, readWaitingTimers } from './timer-roots.ts';
import { createTypeSpread } from './type-spread.ts';
import { usersOf } from './users-of.ts';
import { gapsOf } from './walk-gaps.ts';
import { nodeOfSlot, type WalkedGraph, walkGraph } from './walk-graph.ts';

export interface WalkSources {
  readonly image: HeapImage;
  readonly program: GoProgram;
  readonly loadBias: number;
  readonly takenAtMs: number;
  readonly pauseMs: number;
  readonly stopped: HeapWalk['stopped'];
  readonly startedMs: number;
  readonly nowNs: number | undefined;
  readonly nowMs: () => number;
  readonly gaps: readonly string[];
  /** Addresses of the g of goroutines that were about to be woken; undefined where nobody could look again: a core. */
  readonly movedOn: Promise<ReadonlySet<number>> | undefined;
}

export async function buildHeapWalk(sources: WalkSources): Promise<HeapWalk> {
  const { image, program, loadBias } = sources;
  const index = indexObjects(image);
  const scanning = createScanner(image);
  const functionName = functionNamesOf(program, loadBias);
  const { types, globals, locals, gTarget } = nameThings(image, program, loadBias);
  const builder = createRootSetBuilder();
  const timers = readWaitingTimers(image);
  const globalNodes = addGlobalRoots(builder, image, globals, image.target.addresses.allgs);
  const waits = readWaits(image);
  const waitedGlobals = addWaitedGlobals(builder, image, globals, globalNodes, waits.address);
  addSpecialRoots(builder, image, scanning.scan, types);
  addTimerRoots(builder, image, timers, functionName);
  addDeadGoroutines(builder, image);
  const goroutineRoots = addGoroutineRoots(builder, image, plansOf(sources), locals, functionName, gTarget);
  const roots = builder.finish();
  const opaque = slotsOf(index, [image.goroutines.list, ...timers.lists]);
  const { length: goroutineCount, address: goroutineAddress, dead } = image.goroutines;
  const goroutineSlots = slotsOf(index, [...goroutineAddress.subarray(0, goroutineCount), ...dead]);
  const spread = createTypeSpread(image, types);
  const walked = walkGraph(image, index, scanning, roots, spread, opaque, goroutineSlots);
  const typed = describeTypes(walked, image.spans, types, guessTypes(image, scanning, types));
  const framesAt = createCodeLines(program.code, loadBias);
  const goroutines = await describeGoroutines({
    image,
    roots: goroutineRoots,
    framesAt,
    nowNs: sources.nowNs,
    startFunction: (row) => functionName(image.goroutines.startPc[row]!),
    waitStart: waits.start,
    waitsFor: blockedNodes(index, walked, waits.address, waitedGlobals),
  });
  const graph: HeapGraph = {
    length: walked.length,
    named: roots.named,
    type: typed.type,
    types: typed.types,
    addressOf: addressesOf(walked, image, roots.named.address),
    bytes: typed.nodeBytes,
    referenceStart: walked.referenceStart,
    referenceTo: walked.referenceTo,
    parent: walked.parent,
    goroutines,
  };
  const names = createReferenceNames({
    image,
    scan: scanning.scan,
    roots,
    walked,
    types,
    globals,
    locals,
    goroutines: goroutineRoots,
    headerWords: spread.headerWords,
  });
  const selfChecks = selfChecksOf({
    image,
    index,
    scanning,
    graph: walked,
    goroutines: goroutineRoots,
    ranOn: sources.stopped === 'not-stopped',
  });
  return {
    goVersion: program.goVersion,
    symbols: program.debug === undefined ? 'stripped' : 'dwarf',
    takenAtMs: sources.takenAtMs,
    pauseMs: sources.pauseMs,
    totalMs: sources.nowMs() - sources.startedMs,
    stopped: sources.stopped,
    objects: { allocated: index.allocatedObjects, reachable: walked.length - walked.named },
    bytes: { allocated: index.allocatedBytes, reachable: typed.bytes, copied: image.contents.copiedBytes },
    typedShare: typed.bytes === 0 ? 0 : typed.exactBytes / typed.bytes,
    graph,
    names,
    containers: lazily(() => findContainers({ image, index, scanning, roots, walked, spread, types })),
    cuts: () => findCuts({ image, index, scanning, roots, walked, spread, types }),
    lost: () => findLostElements({ image, index, scanning, roots, walked, spread, types }),
    sampled: await readSampledObjects({ image, index, graph: walked, code: program.code, loadBias }),
    selfChecks,
    gaps: [...program.gaps, ...sources.gaps, ...gapsOf(image, timers.odd)],
    proofs: lazilyProved({
      image,
      index,
      walked,
      graph,
      names,
      roots: goroutineRoots,
      globals,
      waits,
      usersOf: (addresses) => usersOf({ image, index, scanning, roots, walked, spread, types }, addresses),
      functionName,
      framesAt,
      nowNs: sources.nowNs,
      stopped: sources.stopped,
      selfChecks,
      movedOn: sources.movedOn,
    }),
  };
}

function plansOf({ image, program, loadBias }: WalkSources): FramePlans {
  const [main] = image.modules;
  if (main === undefined) return { planAt: () => undefined };
  return createFramePlans(program.code.table, main, loadBias, image.memory);
}

/** The runtime keeps the g of goroutines that ended and uses it again. */
function addDeadGoroutines(builder: RootSetBuilder, image: HeapImage): void {
  if (image.goroutines.dead.length === 0) return;
  builder.addNode({ kind: 'runtime', name: 'goroutines that ended' });
  for (const address of image.goroutines.dead) builder.addPointer(address);
}

function slotsOf(index: ObjectIndex, addresses: readonly number[]): ReadonlySet<number> {
  return new Set(addresses.map((address) => slotOfAddress(index, address)).filter((slot) => slot >= 0));
}

/** Nodes of global variables that goroutines wait for, as locks: those without pointers get one here. -1 for other waits. */
function addWaitedGlobals(
  builder: RootSetBuilder,
  image: HeapImage,
  globals: GlobalNames,
  known: ReadonlyMap<number, number>,
  waits: Float64Array,
): Int32Array {
  const added = new Map(known);
  return Int32Array.from(waits, (wait) => {
    const variable = wait > 0 && spanOfAddress(image.spans.pageIndex, wait) < 0 ? globals.variableAt(wait) : undefined;
    if (variable === undefined) return -1;
    const { name, address } = variable;
    const node = added.get(address) ?? builder.addNode({ kind: 'global', name, address });
    added.set(address, node);
    return node;
  });
}

function blockedNodes(index: ObjectIndex, walked: WalkedGraph, waits: Float64Array, globals: Int32Array): Int32Array {
  return globals.map((node, row) => {
    const slot = waits[row]! > 0 ? slotOfAddress(index, waits[row]!) : -1;
    return slot < 0 ? node : nodeOfSlot(walked, slot);
  });
}

function addressesOf({ span, element, named: count }: WalkedGraph, { spans }: HeapImage, named: Float64Array) {
  const { start, elementBytes } = spans;
  return (node: number): number =>
    node < count ? named[node]! : start[span[node]!]! + element[node]! * elementBytes[span[node]!]!;
}
