// What the facts of one process or endpoint mean for leakline. Pure: the facts come from capture/doctor.
import { formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import { formatDuration } from '../../base/format-duration.ts';
import type { MachineFacts } from '../../capture/doctor/read-machine.ts';
import type { EndpointFacts, SubjectFacts } from '../../capture/doctor/read-subject.ts';
import { atLeast } from '../../model/go-version.ts';
import { type Check, type HowTo, here, where } from './check.ts';

type ProcessPart = NonNullable<SubjectFacts['process']>;

/** The versions whose heap the walk knows. */
const walkedFrom = '1.19';
const rebuild = 'go build without -ldflags "-s -w"';

export function targetChecks(facts: SubjectFacts, machine: MachineFacts, nowMs: number): readonly Check[] {
  return [
    ...(facts.process === undefined ? [] : processChecks(facts.process, machine, nowMs)),
    ...endpointChecks(facts, nowMs),
  ];
}

const target = (id: string, name: string): Pick<Check, 'id' | 'about' | 'name'> => ({ id, about: 'target', name });

function processChecks(process: ProcessPart, machine: MachineFacts, nowMs: number): readonly Check[] {
  const { pid, exe, startedAtMs, namespaces } = process;
  const age = startedAtMs === undefined ? '' : `, running for ${formatDuration(Math.max(0, nowMs - startedAtMs))}`;
  const apart = namespaces.length === 0 ? '' : `, in a container (other ${namespaces.join(', ')} namespace)`;
  return [
    {
      ...target('process', 'process'),
      state: 'ok',
      found: `pid ${pid}${exe === undefined ? '' : `, ${exe}`}${age}${apart}`,
      gives: 'the ledger, limits, OOM history',
      how: [],
    },
    accessCheck(process.access.smaps, 'smaps', 'its mappings', 'the ledger and `leakline regions`', pid),
    accessCheck(
      process.access.memory,
      'memory',
      'its memory',
      'the heap walk and `leakline regions --peek`',
      pid,
      machine,
    ),
    accessCheck(
      process.access.descriptors,
      'descriptors',
      'its open files',
      'finding its pprof port, counting files',
      pid,
    ),
    ...binaryChecks(process),
    ...settingsChecks(process),
  ];
}

function accessCheck(
  answer: string,
  id: string,
  name: string,
  gives: string,
  pid: number,
  machine?: MachineFacts,
): Check {
  const base = { ...target(id, name), gives };
  if (answer === 'ok') return { ...base, state: 'ok', found: 'may be read', how: [] };
  const denied = answer === 'EACCES' || answer === 'EPERM';
  const scope = machine?.ptraceScope;
  const why = denied && scope !== undefined && scope > 0 ? ` (kernel.yama.ptrace_scope is ${scope})` : '';
  return {
    ...base,
    state: denied ? 'missing' : 'unknown',
    found: denied ? `may not be read by this user${why}` : `cannot be read (${answer})`,
    how: denied ? [here(`sudo leakline ${pid}`), where('docker', 'docker run --pid=host --cap-add SYS_PTRACE …')] : [],
  };
}

function binaryChecks({ build, binary, source, pid }: ProcessPart): readonly Check[] {
  const version = build.kind === 'captured' ? build.value.goVersion : undefined;
  const module = build.kind === 'captured' ? build.value.modulePath : undefined;
  const known = atLeast(version, walkedFrom);
  const versionCheck: Check = {
    ...target('go-version', 'Go version'),
    state: version === undefined ? 'unknown' : known === false ? 'missing' : 'ok',
    found:
      version === undefined
        ? build.kind === 'captured'
          ? 'the binary does not say its Go version'
          : `${build.why} — if it is not a Go program, ledger, regions and native tracing still work`
        : `${version}${module === undefined ? '' : `, module ${module}`}`,
    gives: `rules by version, and the heap walk (Go ${walkedFrom} and later)`,
    how: known === false ? [here(`a toolchain of Go ${walkedFrom} or later`)] : [],
  };
  if (binary.kind === 'not-captured')
    return [
      versionCheck,
      {
        ...target('binary', 'its binary'),
        state: 'unknown',
        found: binary.why,
        gives: 'names and lines',
        how: [here(`sudo leakline doctor ${pid}`)],
      },
    ];
  const facts = binary.value;
  if (!facts.hasGoTable) return [versionCheck];
  return [
    versionCheck,
    {
      ...target('debug-info', 'debug information'),
      state: facts.hasDwarf ? 'ok' : 'missing',
      found: facts.hasDwarf
        ? 'DWARF'
        : `none${facts.hasSymbols ? '' : ', and stripped'}; functions and lines come from Go's own table all the same`,
      gives: 'names of types, fields and globals in the heap walk',
      how: facts.hasDwarf ? [] : [here(rebuild)],
    },
    {
      ...target('cgo', 'C code'),
      state: facts.usesCgo === undefined ? 'unknown' : 'ok',
      found:
        facts.usesCgo === undefined
          ? 'its function table does not tell'
          : facts.usesCgo
            ? `calls C${facts.allocator === undefined ? ', and no malloc was found' : `; malloc is in ${facts.allocator}`}`
            : 'a pure Go program: only mmap can leak outside of its heap',
      gives: 'whether native leaks are possible, and how they can be traced',
      how: [],
    },
    {
      ...target('memory-profile', 'memory profiling'),
      state: facts.profilesMemory === undefined ? 'unknown' : facts.profilesMemory ? 'ok' : 'missing',
      found:
        facts.profilesMemory === undefined
          ? 'its function table does not tell'
          : facts.profilesMemory
            ? `linked in${facts.linksPprof === false ? ', though net/http/pprof is not' : ''}`
            : 'switched off by the linker, because nothing in the program can read it',
      gives: 'which lines allocate what is alive',
      how: facts.profilesMemory === false ? [here('import _ "net/http/pprof"')] : [],
    },
    {
      ...target('source', 'source'),
      state: source.kind === 'not-captured' ? 'unknown' : source.value ? 'ok' : 'missing',
      found:
        source.kind === 'not-captured'
          ? source.why
          : source.value
            ? `main.main is at ${facts.mainFile}`
            : `${facts.mainFile} is not on this machine`,
      gives: 'who keeps the memory: values are followed from the line that allocates them',
      how: source.kind === 'captured' && !source.value ? [here(`leakline ${pid} --source DIR`)] : [],
    },
  ];
}

function settingsChecks({ settings }: ProcessPart): readonly Check[] {
  if (settings.kind === 'not-captured') return [];
  const { GODEBUG: debug } = settings.value;
  const traces = /\bgctrace=[1-9]/.test(debug ?? '');
  const others = Object.entries(settings.value).map(([name, value]) => `${name}=${value}`);
  return [
    {
      ...target('settings', 'runtime settings'),
      state: 'ok',
      found: others.length === 0 ? 'none: GOGC is 100, no GOMEMLIMIT' : others.join(' '),
      gives: traces
        ? 'its log holds a GC trace: leakline service.log'
        : 'the forecast of GOMEMLIMIT; with GODEBUG=gctrace=1 its log alone tells how the live heap moves',
      how: [],
    },
  ];
}

function endpointChecks({ endpoint, process }: SubjectFacts, nowMs: number): readonly Check[] {
  const base = { ...target('pprof', 'pprof endpoint'), gives: 'the diagnosis: what grows, from which line' };
  if (endpoint.kind === 'not-captured')
    return [{ ...base, state: 'missing', found: endpoint.why, how: endpointAdvice(endpoint.advice) }];
  const facts = endpoint.value;
  return [
    {
      ...base,
      state: 'ok',
      found: `${facts.url}${facts.profiles === undefined ? ', without an index' : `: ${facts.profiles.join(', ')}`}`,
      how: [],
    },
    collectionsCheck(facts, process, nowMs),
    leakProfileCheck(facts, process),
  ];
}

function endpointAdvice(advice: string | undefined): readonly HowTo[] {
  return advice === undefined ? [] : [here(advice)];
}

function collectionsCheck(facts: EndpointFacts, process: SubjectFacts['process'], nowMs: number): Check {
  const minutes =
    process?.startedAtMs === undefined ? undefined : Math.max(1 / 60, (nowMs - process.startedAtMs) / 60_000);
  const { gcCycles } = facts;
  const rate =
    gcCycles === undefined || minutes === undefined
      ? ''
      : `, ${(gcCycles / minutes).toFixed(gcCycles / minutes < 10 ? 1 : 0)} a minute since the start`;
  return {
    ...target('collections', 'garbage collections'),
    state: gcCycles === undefined ? 'unknown' : 'ok',
    found:
      gcCycles === undefined
        ? 'heap?debug=1 does not tell their number'
        : `${formatCount(gcCycles)}${rate}${facts.heapBytes === undefined ? '' : `; heap ${formatBytes(facts.heapBytes)}`}${facts.goroutines === undefined ? '' : `, ${formatCount(facts.goroutines)} goroutines`}`,
    gives: 'how long a watch must be: a heap profile is as of the last collection (--gc always forces one)',
    how: [],
  };
}

function leakProfileCheck({ profiles }: EndpointFacts, process: SubjectFacts['process']): Check {
  const version = process?.build.kind === 'captured' ? process.build.value.goVersion : undefined;
  const base = {
    ...target('goroutineleak', 'goroutineleak profile'),
    gives: 'proof, by the runtime itself, of goroutines that nothing can wake',
  };
  if (profiles === undefined) return { ...base, state: 'unknown', found: 'the endpoint has no index', how: [] };
  if (profiles.includes('goroutineleak')) return { ...base, state: 'ok', found: 'offered', how: [] };
  return {
    ...base,
    state: 'missing',
    found: `not offered${version === undefined ? '' : ` by ${version}`}`,
    how: [
      here('build with Go 1.27 or later'),
      ...(atLeast(version, '1.26') === true ? [here('GOEXPERIMENT=goroutineleakprofile go build')] : []),
    ],
  };
}
