// What the machine's facts mean for leakline. Pure: the facts come from capture/doctor.
import type { Captured } from '../../base/captured.ts';
import type { MachineFacts } from '../../capture/doctor/read-machine.ts';
import { type Check, type HowTo, here, install, stateWithout, where } from './check.ts';

const containerRights: readonly HowTo[] = [
  where('docker', 'docker run --pid=host --cap-add SYS_PTRACE --cap-add SYS_ADMIN --cap-add SYSLOG …'),
  where('kubectl', 'kubectl debug node/NODE -it --profile=sysadmin --image=IMAGE'),
];

export function machineChecks(facts: MachineFacts): readonly Check[] {
  if (facts.platform !== 'linux')
    return [
      {
        ...machine('platform', 'operating system'),
        state: 'missing',
        found: `${facts.platform} ${facts.kernel}`,
        gives:
          'processes can be looked into on Linux only; endpoints, profile files, case files and logs work everywhere',
        how: [],
      },
      goCheck(facts),
    ];
  return [
    {
      ...machine('platform', 'operating system'),
      state: 'ok',
      found: `${facts.distributionName ?? 'Linux'}, kernel ${facts.kernel}, ${facts.architecture}${facts.inContainer ? ', in a container' : ''}`,
      gives: 'looking into processes',
      how: [],
    },
    rightsCheck(facts),
    ptraceCheck(facts),
    bpftraceCheck(facts),
    memleakCheck(facts),
    kernelCheck(facts),
    kernelLogCheck(facts),
    simple(
      facts.journal,
      'journal',
      'systemd journal',
      'OOM kills of units, and of earlier boots',
      facts.isRoot ? [] : [here('sudo usermod -aG systemd-journal $USER')],
    ),
    cgroupCheck(facts),
    goCheck(facts),
    clientCheck(facts.docker, 'docker', 'docker:NAME as a target, and whether a container was OOM-killed', [
      here(
        facts.docker.kind === 'not-captured' && /permission denied/i.test(facts.docker.why)
          ? 'sudo usermod -aG docker $USER'
          : 'sudo systemctl start docker',
      ),
    ]),
    clientCheck(facts.kubectl, 'kubectl', 'how often a pod was OOM-killed; port-forward to its pprof', [
      here('kubectl config get-contexts'),
    ]),
    toolCheck(facts.gdb, 'gdb', 'gcore writes a core file of a process, to be walked on another machine', facts, 'gdb'),
    toolCheck(facts.addr2line, 'addr2line', 'file and line of C functions in native traces', facts, 'binutils'),
  ];
}

const machine = (id: string, name: string): Pick<Check, 'id' | 'about' | 'name'> => ({ id, about: 'machine', name });

function rightsCheck({ isRoot, capabilities, inContainer }: MachineFacts): Check {
  const wanted = ['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN', 'CAP_SYSLOG'];
  const base = {
    ...machine('rights', 'privileges'),
    gives: 'processes of other users, memory contents, the heap walk, tracing, the kernel log',
  };
  if (capabilities === undefined)
    return { ...base, state: 'unknown', found: '/proc/self/status does not tell the capabilities', how: [] };
  const missing = wanted.filter((name) => !capabilities.has(name));
  const who = isRoot ? 'root' : 'not root';
  return missing.length === 0
    ? { ...base, state: 'ok', found: `${who}, with ${wanted.join(', ')}`, how: [] }
    : {
        ...base,
        state: 'missing',
        found: `${who}, without ${missing.join(', ')}: only processes of this user can be looked into`,
        how: [...(isRoot ? [] : [here('sudo leakline doctor')]), ...(inContainer || isRoot ? containerRights : [])],
      };
}

function ptraceCheck({ ptraceScope, capabilities }: MachineFacts): Check {
  const base = {
    ...machine('ptrace', 'memory of processes'),
    gives: 'the heap walk and `leakline regions --peek` (/proc/PID/mem)',
  };
  if (capabilities?.has('CAP_SYS_PTRACE') === true && ptraceScope !== 3)
    return { ...base, state: 'ok', found: 'CAP_SYS_PTRACE', how: [] };
  switch (ptraceScope) {
    case undefined:
    case 0:
      return {
        ...base,
        state: 'ok',
        found: `${ptraceScope === 0 ? 'kernel.yama.ptrace_scope is 0' : 'no Yama'}: processes of this user`,
        how: [],
      };
    case 1:
    case 2:
      return {
        ...base,
        state: 'missing',
        found: `kernel.yama.ptrace_scope is ${ptraceScope}: ${ptraceScope === 1 ? 'only processes that leakline itself starts' : 'only root'}`,
        how: [here('sudo leakline …'), ...(ptraceScope === 1 ? [here('sudo sysctl kernel.yama.ptrace_scope=0')] : [])],
      };
    case 3:
      return {
        ...base,
        state: 'missing',
        found: 'kernel.yama.ptrace_scope is 3: nobody, until the next boot',
        how: [here('echo kernel.yama.ptrace_scope=1 | sudo tee /etc/sysctl.d/10-ptrace.conf && sudo reboot')],
      };
    default:
      return { ...base, state: 'unknown', found: 'kernel.yama.ptrace_scope is no number', how: [] };
  }
}

function bpftraceCheck({ bpftrace, distribution, lockdown, isRoot, inContainer }: MachineFacts): Check {
  const base = {
    ...machine('bpftrace', 'eBPF with bpftrace'),
    gives: 'leaks of C code and mmap by their Go caller (`leakline native`)',
  };
  if (bpftrace.kind === 'not-captured')
    return {
      ...base,
      state: stateWithout(bpftrace.why),
      found: bpftrace.why,
      how:
        stateWithout(bpftrace.why) === 'unknown'
          ? []
          : install(distribution, { debian: 'bpftrace', fedora: 'bpftrace', alpine: 'bpftrace' }),
    };
  const { version, refusal, perProcess } = bpftrace.value;
  if (refusal === undefined) {
    const slow = perProcess
      ? ''
      : '; its probes slow down every process that uses the same library, 0.23 has better ones';
    return { ...base, state: 'ok', found: `version ${version}, and the kernel lets it run${slow}`, how: [] };
  }
  const why = lockdown === 'confidentiality' ? `${refusal} (kernel lockdown: confidentiality)` : refusal;
  return {
    ...base,
    state: /^no answer/.test(refusal) ? 'unknown' : 'missing',
    found: `version ${version}: ${why}`,
    how: [...(isRoot ? [] : [here('sudo leakline doctor')]), ...(inContainer || isRoot ? containerRights : [])],
  };
}

function memleakCheck({ memleak, hasBtf, distribution, distributionName }: MachineFacts): Check {
  const isBookworm = /bookworm/.test(distributionName ?? '');
  const base = {
    ...machine('memleak', 'memleak (libbpf-tools)'),
    gives: 'the second choice for native leaks, where bpftrace is missing or too old',
  };
  if (memleak === undefined)
    return {
      ...base,
      state: 'missing',
      found: isBookworm ? 'not installed, and Debian 12 has no package with it' : 'not installed',
      how:
        isBookworm || distribution === 'alpine'
          ? []
          : [
              ...(distribution === 'fedora' ? [] : [where('Debian 13, Ubuntu', 'sudo apt-get install libbpf-tools')]),
              ...(distribution === 'debian' ? [] : [where('Fedora, RHEL', 'sudo dnf install libbpf-tools')]),
            ],
    };
  return hasBtf
    ? { ...base, state: 'ok', found: memleak, how: [] }
    : {
        ...base,
        state: 'missing',
        found: `${memleak}, but the kernel has no type information (/sys/kernel/btf/vmlinux)`,
        how: [here('a kernel with CONFIG_DEBUG_INFO_BTF=y')],
      };
}

const optionUses: Readonly<Record<string, string>> = {
  CONFIG_BPF_SYSCALL: 'eBPF',
  CONFIG_BPF_EVENTS: 'eBPF probes',
  CONFIG_UPROBE_EVENTS: 'probes of C functions',
  CONFIG_PROC_PAGE_MONITOR: 'the ledger (smaps)',
  CONFIG_MEMCG: 'limits of cgroups',
};
/** Without these something is less exact, and nothing is missing. */
const optionNiceties: Readonly<Record<string, string>> = {
  CONFIG_ANON_VMA_NAME: 'names of Go mappings from Go 1.25 on',
  CONFIG_DEBUG_INFO_BTF: 'memleak',
};

function kernelCheck({ kernelConfig }: MachineFacts): Check {
  const base = { ...machine('kernel-config', 'kernel options'), gives: Object.values(optionUses).join(', ') };
  if (kernelConfig.kind === 'not-captured') return { ...base, state: 'unknown', found: kernelConfig.why, how: [] };
  const off = (names: Readonly<Record<string, string>>): string[] =>
    Object.entries(names).flatMap(([name, use]) => (kernelConfig.value.get(name) === 'n' ? [`${name} (${use})`] : []));
  const missing = off(optionUses);
  const less = off(optionNiceties);
  const note = less.length === 0 ? '' : `; without ${less.join(', ')}`;
  return missing.length === 0
    ? { ...base, state: 'ok', found: `all that is needed${note}`, how: [] }
    : { ...base, state: 'missing', found: `off: ${[...missing, ...less].join(', ')}`, how: [here('another kernel')] };
}

function kernelLogCheck({ kernelLog, isRoot }: MachineFacts): Check {
  return simple(
    kernelLog,
    'kernel-log',
    'kernel log',
    'OOM kills since the boot: who, by which limit (`leakline oom`)',
    [
      ...(isRoot
        ? [where('docker', 'docker run --privileged …   (or --cap-add SYSLOG --device /dev/kmsg)')]
        : [here('sudo leakline oom'), here('sudo sysctl kernel.dmesg_restrict=0')]),
      where('elsewhere', 'dmesg > kernel.log on the host, then: leakline oom --log kernel.log'),
    ],
  );
}

function cgroupCheck({ cgroup }: MachineFacts): Check {
  const base = { ...machine('cgroup', 'memory cgroups'), gives: 'limits, use and kill counters up the tree' };
  return cgroup.kind === 'captured'
    ? { ...base, state: 'ok', found: `version ${cgroup.value.version}, at ${cgroup.value.mountPoint}`, how: [] }
    : {
        ...base,
        state: 'missing',
        found: cgroup.why,
        how: [where('docker', 'docker run --cgroupns=host -v /sys/fs/cgroup:/sys/fs/cgroup:ro …')],
      };
}

function goCheck({ go, distribution }: MachineFacts): Check {
  return simple(
    go,
    'go',
    'Go toolchain',
    "the standard library's source beside yours; not needed to look at a service",
    [
      ...install(distribution, { debian: 'golang-go', fedora: 'golang', alpine: 'go' }),
      where('anywhere', 'https://go.dev/dl/'),
    ],
  );
}

function clientCheck(answer: Captured<string>, program: string, gives: string, how: readonly HowTo[]): Check {
  const base = { ...machine(program, `${program} client`), gives };
  if (answer.kind === 'captured')
    return { ...base, state: 'ok', found: `its server has version ${answer.value}`, how: [] };
  const installed = !/is not installed/.test(answer.why);
  return { ...base, state: stateWithout(answer.why), found: answer.why, how: installed ? how : [] };
}

function toolCheck(
  path: string | undefined,
  program: string,
  gives: string,
  { distribution }: MachineFacts,
  name: string,
): Check {
  return {
    ...machine(program, program),
    state: path === undefined ? 'missing' : 'ok',
    found: path ?? 'not installed',
    gives,
    how: path === undefined ? install(distribution, { debian: name, fedora: name, alpine: name }) : [],
  };
}

function simple(answer: Captured<string>, id: string, name: string, gives: string, how: readonly HowTo[]): Check {
  return answer.kind === 'captured'
    ? { ...machine(id, name), state: 'ok', found: answer.value, gives, how: [] }
    : { ...machine(id, name), state: stateWithout(answer.why), found: answer.why, gives, how };
}
