// Mappings that Go code makes with mmap and never gives back: no collector knows of them.
import { calledName } from '../../calls.ts';
import { loopAround, type Syntax } from '../../syntax.ts';
import { calleeOf } from '../../types.ts';
import type { PackageFacts } from '../package-facts.ts';
import { fateOf, type ReleaseWords, returnWithout, runsOnce } from '../releases.ts';
import { runsAtStart } from '../start-up.ts';
import type { StaticHit, StaticRule } from '../static-rule.ts';

const maps = /^(syscall|golang\.org\/x\/sys\/unix)\.(Mmap|MmapPtr)$/;

const words: ReleaseWords = {
  isRelease: (_, call) => /unmap|^(Close|Free|Release)$/i.test(calledName(call)),
  onlyReads: (facts, call) => {
    const callee = calleeOf(facts.program, call);
    return (
      callee.kind === 'library' && /^(bytes|fmt|strings|encoding\/\w+|hash\/\w+|unicode\/utf8)\./.test(callee.path)
    );
  },
};

export const nativeMmap: StaticRule = {
  id: 'native-mmap',
  byDefault: true,
  examples: {
    leaks: [
      `import "syscall"

func sum(fd, size int) (int, error) {
	data, err := syscall.Mmap(fd, 0, size, syscall.PROT_READ, syscall.MAP_SHARED) //want
	if err != nil {
		return 0, err
	}
	total := 0
	for _, b := range data {
		total += int(b)
	}
	return total, nil
}`,
      `import "golang.org/x/sys/unix"

func check(fd, size int) error {
	data, err := unix.Mmap(fd, 0, size, unix.PROT_READ, unix.MAP_SHARED) //want
	if err != nil {
		return err
	}
	if len(data) < 8 {
		return errShort
	}
	return unix.Munmap(data)
}`,
      `import "syscall"

type segment struct{ column []byte }

func load(size int) (*segment, error) {
	column, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ, syscall.MAP_ANON) //want
	return &segment{column: column}, err
}`,
      `import "syscall"

type index struct{ data []byte }

func open(fd, size int) (*index, error) {
	data, err := syscall.Mmap(fd, 0, size, syscall.PROT_READ, syscall.MAP_SHARED) //want
	return &index{data: data}, err
}

func main() {
	for {
		serve(open(newest()))
	}
}`,
    ],
    fine: [
      `import "syscall"

func sum(fd, size int) (int, error) {
	data, err := syscall.Mmap(fd, 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return 0, err
	}
	defer syscall.Munmap(data)
	return len(data), nil
}`,
      `import "syscall"

type file struct{ data []byte }

func open(fd, size int) (*file, error) {
	data, err := syscall.Mmap(fd, 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	return &file{data: data}, err
}

func (f *file) Close() error { return syscall.Munmap(f.data) }`,
      `import "syscall"

type store struct{ data []byte }

// The one store of the program: mapped for as long as it runs.
func open(fd, size int) (*store, error) {
	data, err := syscall.Mmap(fd, 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	return &store{data: data}, err
}

func main() {
	s, err := open(3, 1<<20)
	serve(s, err)
}`,
    ],
  },
  find: (facts) =>
    [...facts.callsNamed('Mmap'), ...facts.callsNamed('MmapPtr')].flatMap((call): StaticHit[] => {
      const callee = calleeOf(facts.program, call);
      const fn = facts.functionOf(call);
      if (callee.kind !== 'library' || !maps.test(callee.path) || fn === undefined || runsOnce(fn)) return [];
      const fate = fateOf(facts, call, words);
      if (fate.kind === 'handed-on') {
        // Into an object of this package, which then has to unmap it one day.
        const isStored = /^(literal_element|keyed_element)$/.test(fate.at.parent?.kind ?? '');
        if (!isStored || unmaps(facts) || isOfTheStart(facts, call)) return [];
        return [
          { at: call, message: 'what is mapped here is kept in an object, and nothing in this package unmaps it' },
        ];
      }
      if (fate.kind === 'dropped') return [{ at: call, message: 'nothing unmaps what is mapped here' }];
      const early = returnWithout(fn, call, fate.calls);
      if (early === undefined) return [];
      return [
        {
          at: call,
          message: 'what is mapped here is not unmapped on every way out',
          related: [{ at: early, message: 'returns without Munmap' }],
        },
      ];
    }),
};

/** One for the whole run: called once, and not in a loop. */
const isOfTheStart = (facts: PackageFacts, call: Syntax): boolean =>
  loopAround(call) === undefined && runsAtStart(facts, facts.functionOf(call));

const unmaps = (facts: PackageFacts): boolean =>
  ['Munmap', 'MunmapPtr', 'unmap', 'Unmap'].some((name) => facts.callsNamed(name).length > 0);
