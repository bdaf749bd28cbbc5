import { describe, expect, it } from 'vitest';
import { captured, notCaptured } from '../../base/captured.ts';
import { capabilitiesOf, distributionOf, type MachineFacts } from '../../capture/doctor/read-machine.ts';
import type { SubjectFacts } from '../../capture/doctor/read-subject.ts';
import { composeDoctor } from './compose-doctor.ts';
import { renderDoctor } from './render-doctor.ts';

const everything: MachineFacts = {
  platform: 'linux',
  architecture: 'x64',
  kernel: '6.12.0',
  distribution: 'debian',
  distributionName: 'Debian GNU/Linux 13 (trixie)',
  inContainer: false,
  isRoot: true,
  capabilities: new Set(['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN', 'CAP_SYSLOG']),
  ptraceScope: 1,
  go: captured('go1.26.8'),
  bpftrace: captured({ version: '0.23.2', perProcess: true, refusal: undefined }),
  memleak: '/usr/sbin/memleak-libbpf',
  hasBtf: true,
  lockdown: 'none',
  kernelConfig: captured(new Map([['CONFIG_BPF_SYSCALL', 'y']])),
  kernelLog: captured('/dev/kmsg'),
  journal: captured('journalctl'),
  cgroup: captured({ version: 2, mountPoint: '/sys/fs/cgroup', mountRoot: '/' }),
  docker: captured('28.1.0'),
  kubectl: captured('v1.33.0'),
  gdb: '/usr/bin/gdb',
  addr2line: '/usr/bin/addr2line',
};

const user: MachineFacts = {
  ...everything,
  isRoot: false,
  capabilities: new Set(),
  bpftrace: notCaptured('bpftrace is not installed'),
  memleak: undefined,
  kernelLog: notCaptured('/dev/kmsg may not be read (EPERM)'),
};

const service: SubjectFacts = {
  label: 'pid 42',
  process: {
    pid: 42,
    exe: '/app/svc',
    isOwn: true,
    startedAtMs: 0,
    access: { smaps: 'ok', memory: 'EACCES', descriptors: 'ok' },
    build: captured({
      goVersion: 'go1.26.8',
      modulePath: 'example.com/svc',
      mainPackage: 'example.com/svc',
      dependencies: [],
      settings: {},
      source: 'build-info',
    }),
    binary: captured({
      hasSymbols: false,
      hasDwarf: false,
      hasGoTable: true,
      usesCgo: false,
      allocator: undefined,
      profilesMemory: false,
      linksPprof: false,
      mainFile: '/src/svc/main.go',
    }),
    source: captured(false),
    namespaces: ['mnt', 'pid'],
    settings: captured({ GODEBUG: 'gctrace=1' }),
  },
  endpoint: { ...notCaptured('pid 42 listens on no TCP port'), advice: 'import _ "net/http/pprof"' },
};

const checkOf = (machine: MachineFacts, id: string, subject?: SubjectFacts) =>
  composeDoctor(machine, subject, 3_600_000).checks.find((check) => check.id === id);
const commandsOf = (machine: MachineFacts, id: string, subject?: SubjectFacts) =>
  checkOf(machine, id, subject)?.how.map(({ where, command }) =>
    where === undefined ? command : `${where}: ${command}`,
  );

describe('the doctor', () => {
  it('finds nothing to add where everything is there', () => {
    const { checks, can } = composeDoctor(everything, undefined, 0);
    expect(checks.filter((check) => check.state !== 'ok')).toEqual([]);
    expect(checks.flatMap((check) => check.how)).toEqual([]);
    expect(can).toContain('native tracing');
  });

  it('names the command of this distribution, or of all when it is another', () => {
    expect(commandsOf(user, 'bpftrace')).toEqual(['sudo apt-get install bpftrace']);
    expect(commandsOf({ ...user, distribution: 'alpine' }, 'bpftrace')).toEqual(['sudo apk add bpftrace']);
    expect(commandsOf({ ...user, distribution: 'other' }, 'bpftrace')).toEqual([
      'Debian, Ubuntu: sudo apt-get install bpftrace',
      'Fedora, RHEL: sudo dnf install bpftrace',
      'Alpine: sudo apk add bpftrace',
    ]);
    const bookworm = { ...user, distributionName: 'Debian GNU/Linux 12 (bookworm)' };
    expect(checkOf(bookworm, 'memleak')).toMatchObject({ found: expect.stringContaining('Debian 12'), how: [] });
  });

  it('says what a missing privilege costs, and how to get it in a container', () => {
    expect(checkOf(user, 'rights')).toMatchObject({
      state: 'missing',
      found: expect.stringContaining('CAP_SYS_PTRACE'),
    });
    expect(commandsOf(user, 'rights')).toEqual(['sudo leakline doctor']);
    expect(commandsOf({ ...user, inContainer: true }, 'rights')?.join()).toMatch(/--cap-add SYS_PTRACE.*kubectl debug/);
    expect(commandsOf(user, 'ptrace')).toContain('sudo sysctl kernel.yama.ptrace_scope=0');
    expect(checkOf({ ...user, ptraceScope: 0 }, 'ptrace')?.state).toBe('ok');
    expect(checkOf({ ...user, ptraceScope: 3 }, 'ptrace')?.found).toContain('nobody');
    expect(checkOf({ ...everything, ptraceScope: 3 }, 'ptrace')?.state).toBe('missing');
  });

  it('does not take what it cannot tell for missing', () => {
    const facts = { ...user, capabilities: undefined, kernelConfig: notCaptured('no /proc/config.gz') };
    expect(checkOf(facts, 'rights')?.state).toBe('unknown');
    expect(checkOf(facts, 'kernel-config')?.state).toBe('unknown');
    const slow = {
      ...everything,
      bpftrace: captured({ version: '0.23.2', perProcess: true, refusal: 'no answer in 15 s' }),
    };
    expect(checkOf(slow, 'bpftrace')?.state).toBe('unknown');
  });

  it('tells what a stripped service without pprof allows', () => {
    expect(checkOf(user, 'memory', service)).toMatchObject({
      state: 'missing',
      found: 'may not be read by this user (kernel.yama.ptrace_scope is 1)',
    });
    expect(commandsOf(user, 'memory', service)?.[0]).toBe('sudo leakline 42');
    expect(checkOf(user, 'debug-info', service)).toMatchObject({
      state: 'missing',
      found: expect.stringContaining('stripped'),
    });
    expect(commandsOf(user, 'memory-profile', service)).toEqual(['import _ "net/http/pprof"']);
    expect(commandsOf(user, 'source', service)).toEqual(['leakline 42 --source DIR']);
    expect(checkOf(user, 'settings', service)?.gives).toContain('leakline service.log');
    expect(checkOf(user, 'pprof', service)).toMatchObject({
      state: 'missing',
      how: [{ command: 'import _ "net/http/pprof"' }],
    });
    expect(composeDoctor(user, service, 0).can).toEqual(['the ledger', 'regions', 'the history of OOM kills']);
  });

  it('tells what an endpoint offers, and how often its heap is collected', () => {
    const profiles = ['goroutine', 'heap'];
    const endpoint = captured({
      url: 'http://h/debug/pprof/',
      profiles,
      gcCycles: 120,
      heapBytes: 1 << 20,
      goroutines: 9,
    });
    const subject = { ...service, endpoint };
    expect(checkOf(everything, 'collections', subject)?.found).toBe(
      '120, 2.0 a minute since the start; heap 1.0 MiB, 9 goroutines',
    );
    expect(commandsOf(everything, 'goroutineleak', subject)).toEqual([
      'build with Go 1.27 or later',
      'GOEXPERIMENT=goroutineleakprofile go build',
    ]);
  });

  it('works on other systems for what needs no process', () => {
    const { checks, can } = composeDoctor({ ...everything, platform: 'darwin' }, undefined, 0);
    expect(checks.map((check) => check.id)).toEqual(['platform', 'go']);
    expect(can).toEqual(['a diagnosis of endpoints, profile files, case files and logs']);
  });

  it('writes one line a thing, and the command below it', () => {
    const text = renderDoctor(composeDoctor(user, service, 3_600_000), { color: false, width: 100, verbose: false });
    expect(text).toMatch(/^Works as it is: the ledger, regions/);
    expect(text).toMatch(
      / missing +eBPF with bpftrace +bpftrace is not installed\n +for leaks of C code.*\n +sudo apt-get install bpftrace\n/,
    );
    expect(text).toMatch(/ ok +process +pid 42, \/app\/svc, running for 1 h/);
  });
});

describe('the facts of the machine', () => {
  it('reads capabilities by their numbers', () => {
    expect([...capabilitiesOf('CapEff:\t0000000000000000\n')!]).toEqual([]);
    expect([...capabilitiesOf('Name:\tx\nCapEff:\t0000000400080000\n')!]).toEqual(['CAP_SYS_PTRACE', 'CAP_SYSLOG']);
    expect(capabilitiesOf('Name:\tx\n')).toBeUndefined();
  });

  it('knows distributions and what is like them', () => {
    expect(distributionOf('ID=linuxmint\nID_LIKE="ubuntu debian"\n')).toBe('debian');
    expect(distributionOf('ID="rocky"\nID_LIKE="rhel centos fedora"\n')).toBe('fedora');
    expect(distributionOf('ID=alpine\n')).toBe('alpine');
    expect(distributionOf(undefined)).toBe('other');
  });
});
