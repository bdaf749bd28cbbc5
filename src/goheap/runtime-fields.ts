// What the heap walk needs to know of the runtime's own structures, by the names that debug information has for them.
// `scripts/make-layouts.mjs` asks the binaries of each Go version for it, `locate-runtime.ts` asks the target itself.
//
//   'a.b'        offset of the field in bytes
//   'a|b'        the first of these that exists (renamed between versions)
//   'width a'    size of the field in bytes
//   '…?'         may be absent: the layout then says undefined
//
// Source of the names: src/runtime of Go 1.19 to 1.27 (mheap.go, runtime2.go, symtab.go, time.go, mprof.go, mfinal.go,
// mcleanup.go, mgcpacer.go, mstats.go, chan.go, map*.go), internal/abi and internal/runtime/maps.

export interface StructFields {
  /** Names of the structure, without or with `?`. */
  readonly of: string;
  readonly fields: Readonly<Record<string, string>>;
}

export const structFields = {
  mheap: {
    of: 'runtime.mheap',
    fields: {
      sweepgen: 'sweepgen',
      allspans: 'allspans',
      pagesInUse: 'pagesInUse',
      arenas: 'arenas',
      heapArenas: 'heapArenas|allArenas',
      userArenaArenas: 'userArenaArenas?',
      curArena: 'curArena',
    },
  },
  mspan: {
    of: 'runtime.mspan',
    fields: {
      startAddr: 'startAddr',
      npages: 'npages',
      freeindex: 'freeindex',
      freeindexBytes: 'width freeindex',
      nelems: 'nelems',
      nelemsBytes: 'width nelems',
      freeIndexForScan: 'freeIndexForScan',
      allocBits: 'allocBits',
      gcmarkBits: 'gcmarkBits',
      sweepgen: 'sweepgen',
      allocCount: 'allocCount',
      spanclass: 'spanclass',
      state: 'state',
      isUserArenaChunk: 'isUserArenaChunk?',
      elemsize: 'elemsize',
      limit: 'limit',
      specials: 'specials',
      largeType: 'largeType?',
    },
  },
  heapArena: {
    of: 'runtime.heapArena',
    // The inner structure is that of Go 1.22 without allocation headers, an experiment.
    fields: {
      bitmap: 'bitmap|heapArenaPtrScalar.bitmap?',
      noMorePtrs: 'noMorePtrs|heapArenaPtrScalar.noMorePtrs?',
      spans: 'spans',
      zeroedBase: 'zeroedBase',
    },
  },
  moduledata: {
    of: 'runtime.moduledata',
    fields: {
      pcHeader: 'pcHeader',
      funcnametab: 'funcnametab',
      pclntable: 'pclntable',
      ftab: 'ftab',
      minpc: 'minpc',
      maxpc: 'maxpc',
      text: 'text',
      etext: 'etext',
      noptrdata: 'noptrdata',
      enoptrdata: 'enoptrdata',
      data: 'data',
      edata: 'edata',
      bss: 'bss',
      ebss: 'ebss',
      noptrbss: 'noptrbss',
      enoptrbss: 'enoptrbss',
      end: 'end',
      types: 'types',
      typedesclen: 'typedesclen?',
      etypes: 'etypes',
      rodata: 'rodata',
      gofunc: 'gofunc',
      typelinks: 'typelinks?',
      itablinks: 'itablinks?',
      pluginpath: 'pluginpath',
      modulename: 'modulename',
      hasmain: 'hasmain',
      gcdatamask: 'gcdatamask',
      gcbssmask: 'gcbssmask',
      next: 'next',
    },
  },
  g: {
    of: 'runtime.g',
    fields: {
      stackLo: 'stack.lo',
      stackHi: 'stack.hi',
      panic: '_panic',
      defer: '_defer',
      m: 'm',
      schedSp: 'sched.sp',
      schedPc: 'sched.pc',
      schedCtxt: 'sched.ctxt',
      schedBp: 'sched.bp',
      syscallsp: 'syscallsp',
      syscallpc: 'syscallpc',
      param: 'param',
      atomicstatus: 'atomicstatus',
      goid: 'goid',
      waitsince: 'waitsince',
      waitreason: 'waitreason',
      asyncSafePoint: 'asyncSafePoint',
      parentGoid: 'parentGoid?',
      gopc: 'gopc',
      startpc: 'startpc',
      waiting: 'waiting',
      labels: 'labels',
      timer: 'timer',
      /** Registers of a goroutine that was preempted asynchronously; Go 1.26 and later. */
      xRegs: 'xRegs?',
    },
  },
  p: {
    of: 'runtime.p',
    fields: {
      id: 'id',
      status: 'status',
      m: 'm',
      mcache: 'mcache',
      /** The heap of timers: []*timer until 1.22, then []timerWhen. */
      timers: 'timers.heap|timers',
      sudogcache: 'sudogcache',
      /** Block that this P fills with queued cleanups. */
      cleanups: 'cleanups?',
    },
  },
  mcache: { of: 'runtime.mcache', fields: { alloc: 'alloc', tiny: 'tiny' } },
  timer: {
    of: 'runtime.timer',
    fields: {
      when: 'when',
      period: 'period',
      f: 'f',
      arg: 'arg',
      seq: 'seq',
      /** Timer has a channel that is filled when someone looks; Go 1.23 and later. */
      isChan: 'isChan?',
      /** Number of goroutines blocked on its channel. */
      blocked: 'blocked?',
      /** The heap that holds it; null when it is in none. */
      ts: 'ts?',
      /** Until 1.22: a state, and when it fires next, once that was changed. */
      status: 'status?',
      nextwhen: 'nextwhen?',
      /** From 1.23 on: bits. */
      state: 'state?',
    },
  },
  timerWhen: { of: 'runtime.timerWhen?', fields: { timer: 'timer', when: 'when' } },
  special: {
    of: 'runtime.special',
    fields: { next: 'next', offset: 'offset', offsetBytes: 'width offset', kind: 'kind' },
  },
  specialFinalizer: {
    of: 'runtime.specialfinalizer',
    fields: { fn: 'fn', nret: 'nret', fint: 'fint', ot: 'ot' },
  },
  /** Go 1.24 and later: one function; from 1.26 on {call, fn, arg}. */
  specialCleanup: {
    of: 'runtime.specialCleanup?',
    fields: { fn: 'cleanup.fn|fn', call: 'cleanup.call?', arg: 'cleanup.arg?' },
  },
  specialWeakHandle: { of: 'runtime.specialWeakHandle?', fields: { handle: 'handle' } },
  specialProfile: { of: 'runtime.specialprofile', fields: { b: 'b' } },
  defer: {
    of: 'runtime._defer',
    fields: { heap: 'heap', sp: 'sp', pc: 'pc', fn: 'fn', link: 'link', rangefunc: 'rangefunc?', head: 'head?' },
  },
  panic: { of: 'runtime._panic', fields: { arg: 'arg', link: 'link' } },
  hchan: {
    of: 'runtime.hchan',
    fields: {
      qcount: 'qcount',
      dataqsiz: 'dataqsiz',
      buf: 'buf',
      elemsize: 'elemsize',
      closed: 'closed',
      timer: 'timer?',
      elemtype: 'elemtype',
      sendx: 'sendx',
      recvx: 'recvx',
      recvqFirst: 'recvq.first',
      sendqFirst: 'sendq.first',
    },
  },
  sudog: {
    of: 'runtime.sudog',
    fields: {
      g: 'g',
      next: 'next',
      prev: 'prev',
      /** Until 1.25 a pointer; from 1.26 on {pointer, the same as uintptr}. */
      elem: 'elem.vu|elem',
      isSelect: 'isSelect',
      success: 'success',
      parent: 'parent',
      waitlink: 'waitlink',
      c: 'c.vu|c',
    },
  },
  semaRoot: { of: 'runtime.semaRoot', fields: { treap: 'treap', nwait: 'nwait' } },
  /** runtime._type until 1.20, then internal/abi.Type, with one layout. */
  type: {
    of: 'internal/abi.Type|runtime._type',
    fields: {
      size: 'Size_|size',
      ptrBytes: 'PtrBytes|ptrdata',
      hash: 'Hash|hash',
      tflag: 'TFlag|tflag',
      align: 'Align_|align',
      kind: 'Kind_|kind',
      gcData: 'GCData|gcdata',
      str: 'Str|str',
      ptrToThis: 'PtrToThis|ptrToThis',
    },
  },
  /** Descriptor of a map type. */
  mapType: {
    of: 'internal/abi.MapType|internal/abi.SwissMapType|internal/abi.OldMapType|runtime.maptype',
    fields: { group: 'Group|Bucket|bucket', key: 'Key|key', elem: 'Elem|elem' },
  },
  /** Maps with buckets: until 1.23. */
  hmap: {
    of: 'runtime.hmap?',
    fields: {
      count: 'count',
      B: 'B',
      noverflow: 'noverflow',
      buckets: 'buckets',
      oldbuckets: 'oldbuckets',
      extra: 'extra',
    },
  },
  mapextra: {
    of: 'runtime.mapextra?',
    fields: { overflow: 'overflow', oldoverflow: 'oldoverflow', nextOverflow: 'nextOverflow' },
  },
  /** Swiss maps: from 1.24 on. */
  swissMap: {
    of: 'internal/runtime/maps.Map?',
    fields: { used: 'used', dirPtr: 'dirPtr', dirLen: 'dirLen' },
  },
  swissTable: {
    of: 'internal/runtime/maps.table?',
    fields: {
      used: 'used',
      capacity: 'capacity',
      growthLeft: 'growthLeft',
      groups: 'groups.data',
      lengthMask: 'groups.lengthMask',
    },
  },
  finBlock: {
    of: 'runtime.finBlock|runtime.finblock',
    fields: { alllink: 'alllink', next: 'next', cnt: 'cnt', fin: 'fin' },
  },
  finalizer: {
    of: 'runtime.finalizer',
    fields: { fn: 'fn', arg: 'arg', nret: 'nret', fint: 'fint', ot: 'ot' },
  },
  cleanupQueue: { of: 'runtime.cleanupQueue?', fields: { all: 'all' } },
  /** `cleanups` is an array of *funcval in 1.25 and of cleanupFn from 1.26 on. */
  cleanupBlock: {
    of: 'runtime.cleanupBlock?',
    fields: { alllink: 'cleanupBlockHeader.alllink', n: 'cleanupBlockHeader.n', cleanups: 'cleanups' },
  },
  cleanupFn: { of: 'runtime.cleanupFn?', fields: { call: 'call', fn: 'fn', arg: 'arg' } },
  bucket: {
    of: 'runtime.bucket',
    fields: { next: 'next', allnext: 'allnext', typ: 'typ', size: 'size', nstk: 'nstk' },
  },
  /** Follows the bucket and its stack: {active, future[3]}, each of them a memRecordCycle. */
  memRecord: { of: 'runtime.memRecord', fields: { active: 'active', future: 'future' } },
  memRecordCycle: {
    of: 'runtime.memRecordCycle',
    // Since 1.27 bytes are objects times the size of the bucket.
    fields: { allocs: 'allocs', frees: 'frees', allocBytes: 'alloc_bytes?', freeBytes: 'free_bytes?' },
  },
  gcController: {
    of: 'runtime.gcControllerState',
    fields: {
      heapLive: 'heapLive',
      heapMarked: 'heapMarked',
      heapInUse: 'heapInUse',
      heapReleased: 'heapReleased',
      heapFree: 'heapFree',
      totalAlloc: 'totalAlloc',
      totalFree: 'totalFree',
    },
  },
  memstats: { of: 'runtime.mstats', fields: { heapStats: 'heapStats', numgc: 'numgc', lastGcUnix: 'last_gc_unix' } },
  /** Three of these stand in memstats.heapStats; the sum of all three is what the runtime counted. */
  heapStatsDelta: {
    of: 'runtime.heapStatsDelta',
    fields: {
      inHeap: 'inHeap',
      inStacks: 'inStacks',
      tinyAllocCount: 'tinyAllocCount',
      largeAlloc: 'largeAlloc',
      largeAllocCount: 'largeAllocCount',
      smallAllocCount: 'smallAllocCount',
      largeFree: 'largeFree',
      largeFreeCount: 'largeFreeCount',
      smallFreeCount: 'smallFreeCount',
    },
  },
} as const satisfies Readonly<Record<string, StructFields>>;

/** Numbers that debug information holds as constants. The first name that exists counts. */
export const constantNames = {
  pageSize: 'runtime.pageSize|runtime._PageSize',
  heapArenaBytes: 'runtime.heapArenaBytes',
  arenaL1Bits: 'runtime.arenaL1Bits',
  arenaL2Bits: 'runtime.arenaL2Bits',
  /** mspan.state. */
  spanInUse: 'runtime.mSpanInUse',
  spanManual: 'runtime.mSpanManual',
  /** Objects above this many bytes have a header with their type; Go 1.22 and later. */
  minSizeForMallocHeader: 'internal/runtime/gc.MinSizeForMallocHeader|runtime.minSizeForMallocHeader?',
  mallocHeaderBytes: 'internal/runtime/gc.MallocHeaderSize|runtime.mallocHeaderSize?',
  /** bucket.typ of the heap profile. */
  memProfile: 'runtime.memProfile',
  /** Bits of _type.tflag and _type.kind. */
  tflagNamed: 'internal/abi.TFlagNamed|runtime.tflagNamed?',
  tflagUncommon: 'internal/abi.TFlagUncommon|runtime.tflagUncommon?',
  tflagExtraStar: 'internal/abi.TFlagExtraStar|runtime.tflagExtraStar?',
  /** The mask is made when it is first needed; gcData points to a pointer to it. Go 1.24 and later. */
  tflagGcMaskOnDemand: 'internal/abi.TFlagGCMaskOnDemand?',
  /** Values of the type stand in an interface themselves: in tflag since 1.26, in kind before. */
  tflagDirectIface: 'internal/abi.TFlagDirectIface?',
  kindDirectIface: 'internal/abi.KindDirectIface|runtime.kindDirectIface',
  /** gcData is a program, not a mask; until 1.23. */
  kindGcProg: 'internal/abi.KindGCProg|runtime.kindGCProg?',
  semTabSize: 'runtime.semTabSize',
  /** special.kind. */
  specialTinyBlock: 'runtime._KindSpecialTinyBlock?',
  specialFinalizer: 'runtime._KindSpecialFinalizer',
  specialWeakHandle: 'runtime._KindSpecialWeakHandle?',
  specialProfile: 'runtime._KindSpecialProfile',
  specialReachable: 'runtime._KindSpecialReachable?',
  specialPinCounter: 'runtime._KindSpecialPinCounter?',
  specialCleanup: 'runtime._KindSpecialCleanup?',
  specialCheckFinalizer: 'runtime._KindSpecialCheckFinalizer?',
  specialBubble: 'runtime._KindSpecialBubble?',
  specialSecret: 'runtime._KindSpecialSecret?',
} as const;

/** States of a goroutine by the number in g.atomicstatus, as far as debug information names them. */
export const goroutineStateNames = {
  idle: 'runtime._Gidle',
  runnable: 'runtime._Grunnable',
  running: 'runtime._Grunning',
  syscall: 'runtime._Gsyscall',
  waiting: 'runtime._Gwaiting',
  dead: 'runtime._Gdead',
  copystack: 'runtime._Gcopystack',
  preempted: 'runtime._Gpreempted',
  leaked: 'runtime._Gleaked?',
  deadextra: 'runtime._Gdeadextra?',
} as const;
