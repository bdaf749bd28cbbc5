// Mappings of files that pile up:
//
//   data, _ := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
//   f.Close()                                            // the mapping outlives the file
//
// Pages of a mapped file that come in because it is read are page cache, and no leak: what counts is that mappings become
// more, or that shared memory without a file on disk grows.
import { formatCount } from '../../base/format-count.ts';
import type { FileGrowth, LedgerGrowth } from '../../model/ledger.ts';
import type { Evidence } from '../finding.ts';
import {
  callsInSource,
  goFrames,
  growingClass,
  leakingPlaces,
  placeEvidence,
  placeSites,
  placeText,
  sitesInSource,
  traceCommand,
  unknownSite,
} from '../native-story.ts';
import { type Candidate, candidates, type Rule, type RuleInput } from '../rule.ts';

const leastMappings = 5;

export const fileMapping: Rule = {
  id: 'file-mapping',
  title: 'File mappings that are never unmapped',
  type: 'leak',
  needs: ['ledger'],
  about: {
    what: 'The process maps more and more files (or one file again and again) and does not unmap them; or shared memory grows.',
    why: 'A mapping lives until munmap, also when the file is closed or deleted. Its pages count as resident, a deleted file keeps its disk space, and at vm.max_map_count (65530) mmap fails.',
    fix: 'Munmap in Close, and close what maps files (mmap readers, memory-mapped indexes, plugin handles) on every path.',
    falsePositives:
      'A memory-mapped database reads its file bit by bit: resident pages grow, the number of mappings does not. A store that opens segments stops when all are open.',
    sources: ['https://pkg.go.dev/syscall#Mmap', 'https://docs.kernel.org/admin-guide/sysctl/vm.html#max-map-count'],
  },
  evaluate(input) {
    if (input.ledger.kind === 'not-captured')
      return { kind: 'inconclusive', why: input.ledger.why, whatWouldSettleIt: 'the mappings of the process' };
    const ledger = input.ledger.value;
    const { mappings, mapped } = ledger.allFiles;
    const found: Candidate[] = [];
    if (mappings.shape === 'growing' && mappings.delta >= leastMappings && mapped.delta > 0)
      found.push(...mappingCandidates(input, ledger));
    const shmem = growingClass(ledger, 'shmem');
    if (shmem !== undefined)
      found.push({
        ...base(input),
        title: 'Shared memory (memfd, tmpfs) that the process maps grows',
        measured: {
          what: 'resident shared memory',
          bytes: shmem.estimate,
          atMs: [...shmem.atMs],
          values: [...shmem.series],
        },
        outside: { key: 'class:shmem', frames: [], blocksPerSecond: undefined },
        evidence: [unknownMapper(input), ...hintsOf(input)],
      });
    return candidates(found, Math.round(mappings.last), 'the number of mapped files does not grow');
  },
};

/** By place where a trace saw who maps, else as one. */
function mappingCandidates(input: RuleInput, ledger: LedgerGrowth): readonly Candidate[] {
  const { mappings, mapped, resident } = ledger.allFiles;
  const files = ledger.files.filter((file) => file.mappings.delta > 0 || file.resident.delta > 0);
  const counted: Evidence = {
    kind: 'growth',
    supports: true,
    what: `mappings of files${filesText(files)}`,
    unit: 'files',
    perSecond: mappings.perSecond,
    low: mappings.perSecondLow,
    high: mappings.perSecondHigh,
    captures: mappings.captures,
    pValue: mappings.pValue,
    atMs: [],
    values: [mappings.first, mappings.last],
  };
  const native = input.native.kind === 'captured' ? input.native.value : undefined;
  const places = leakingPlaces(native, ({ kind }) => kind === 'file-mapping');
  if (places.length > 0)
    return places.map((place) => {
      const sites = placeSites(place, 'maps');
      return {
        ...base(input),
        pattern: 'stack',
        title: `A file is mapped at ${placeText(place.goCaller ?? place.sites[0]!.names.cCaller)} and never unmapped`,
        site: sites[0] ?? { ...unknownSite, role: 'maps' },
        sites,
        measured: { what: 'mapped here and not unmapped', bytes: place.growth },
        outside: { key: place.key, frames: goFrames(place), blocksPerSecond: undefined },
        evidence: [counted, ...placeEvidence(place)],
      };
    });
  const hints = hintsOf(input);
  return [
    {
      ...base(input),
      pattern: hints.length > 0 ? 'source' : 'shape',
      title: `${formatCount(Math.round(mappings.delta))} more file mappings, and none is unmapped${filesText(files)}`,
      measured:
        resident.shape === 'growing'
          ? { what: 'resident pages of mapped files', bytes: resident }
          : { what: 'mapped bytes of files (address space)', bytes: mapped },
      outside: { key: 'class:file-mappings', frames: [], blocksPerSecond: undefined },
      evidence: [counted, ...hints, ...(hints.length > 0 ? [] : [unknownMapper(input)])],
    },
  ];
}

function base(input: RuleInput) {
  const sites = sitesInSource(hintsOf(input), 'maps');
  return {
    kind: 'file-mapping' as const,
    heapKeys: [],
    goroutineKeys: [],
    pattern: 'shape' as const,
    permanence: 'permanent' as const,
    site: sites[0] ?? { ...unknownSite, role: 'maps' as const },
    sites,
    specificity: 2,
  };
}

const unknownMapper = (input: RuleInput): Evidence => ({
  kind: 'missing',
  supports: true,
  what: 'which line maps is not known',
  wouldSettle: `${traceCommand(input, '30s')}, or the source (--source DIR)`,
});

const hintsOf = (input: RuleInput): readonly Evidence[] =>
  callsInSource(input, /(^|\/)(syscall|unix)\.Mmap$|(^|\/)mmap(-go)?\.(Map|MapRegion|Open)$/, /Munmap$|\.Unmap$/);

function filesText(files: readonly FileGrowth[]): string {
  const [first] = files;
  if (first === undefined) return '';
  const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
  return ` (${first.name.replace(/^.*\//, '')}${more})`;
}
