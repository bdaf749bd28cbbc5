// The command line: names, flags and help. Each command's code is loaded only when it runs.
import { Command, Option } from 'commander';
import type { CliIo, ExitCode } from './io.ts';
import { toolVersion } from './version.ts';

type Flags = Record<string, never>;

/** `done` receives the exit code of the command that ran. */
export function createProgram(io: CliIo, done: (code: ExitCode) => void): Command {
  const program = new Command('leakline')
    .description('From "memory is growing" to the leaking line of a Go program, the cause and who holds the memory.')
    .version(toolVersion, '-V, --version')
    .usage('<target> [flags]   or   leakline <command> …   or   leakline -- CMD ARGS')
    .showHelpAfterError('(leakline --help lists commands and flags)')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .addHelpText('after', targetsHelp);

  captureFlags(
    outputFlags(program.command('diagnose [target...]', { isDefault: true }), 'text, json, md, or html with -o'),
  )
    .description('watch a target, find what leaks, where and why (what `leakline <target>` does)')
    .addOption(new Option('--growth <file>', 'write the growth of the heap as a pprof profile (.pb.gz)'))
    .addOption(new Option('--open', 'show the report in the browser, too (see `leakline ui`)'))
    .action(async (words: string[], flags: Flags) => {
      const { runDiagnose } = await import('./commands/diagnose.ts');
      done(await runDiagnose(words, flags, io));
    });
  captureFlags(outputFlags(program.command('capture [target...]')))
    .description('collect the evidence into a case file (-o x.leakline), for analysis elsewhere')
    .action(async (words: string[], flags: Flags) => {
      const { runCapture } = await import('./commands/capture.ts');
      done(await runCapture(words, flags, io));
    });
  watchFlags(outputFlags(program.command('watch [target...]')))
    .description('record a target for hours or weeks, show it, tell when it leaks; Ctrl-C ends with the report')
    .action(async (words: string[], flags: Flags) => {
      const { runWatch } = await import('./commands/watch.ts');
      done(await runWatch(words, flags, io));
    });
  httpFlags(outputFlags(program.command('ledger <target>')))
    .description("where every byte of a process's resident memory goes, and what of it grows")
    .addOption(new Option('--for <duration>', 'how long to watch; 0 looks once').default('10s'))
    .action(async (target: string, flags: Flags) => {
      const { runLedger } = await import('./commands/ledger.ts');
      done(await runLedger(target, flags, io));
    });
  outputFlags(program.command('regions <target>'))
    .description('which mappings of a process grow; --peek looks into one')
    .addOption(new Option('--for <duration>', 'how long to watch; 0 looks once').default('10s'))
    .addOption(
      new Option(
        '--peek [where]',
        'say what is in the region that grows most, in the `biggest`, or in the one at ADDRESS',
      ),
    )
    .addOption(new Option('--show-contents', 'show strings and bytes of it, which may be secrets'))
    .action(async (target: string, flags: Flags) => {
      const { runRegions } = await import('./commands/regions.ts');
      done(await runRegions(target, flags, io));
    });
  outputFlags(program.command('oom [target]'))
    .description('was it OOM-killed, when, why, by which limit, who is next (pid, docker:NAME, systemd:UNIT)')
    .addOption(
      new Option(
        '--log <file>',
        "read this kernel log instead of the machine's own (dmesg, syslog, journal export) (repeatable)",
      ).argParser(repeated),
    )
    .addOption(new Option('--for <duration>', 'watch this long, for a forecast of when the limit is reached'))
    .action(async (target: string | undefined, flags: Flags) => {
      const { runOom } = await import('./commands/oom.ts');
      done(await runOom(target, flags, io));
    });
  outputFlags(program.command('native <target>'))
    .description('memory that C code and mmap hold, by Go and C caller (eBPF; needs root)')
    .addOption(new Option('--for <duration>', 'how long to trace').default('20s'))
    .addOption(new Option('--yes', 'trace although it is estimated to slow the target down noticeably'))
    .action(async (target: string, flags: Flags) => {
      const { runNative } = await import('./commands/native.ts');
      done(await runNative(target, flags, io));
    });
  walkFlags(outputFlags(program.command('heap <target...>')))
    .description('walk the Go heap of a pid, a core, a saved heap or a case: types, who holds what, why it is there')
    .addOption(new Option('--diff', 'show what changed: between two walks of a pid, or two files'))
    .addOption(new Option('--for <duration>', 'from walk to walk, with --diff (default: 20s)'))
    .addOption(new Option('--max-pause <duration>', 'longest that the target may stand still (default: 500ms)'))
    .addOption(new Option('--save <file>', 'keep the heap for later: `leakline heap FILE` reads it on any machine'))
    .addOption(new Option('--no-stop', 'let the target run while it is read; the newest objects may be missed'))
    .action(async (words: string[], flags: Flags) => {
      const { runHeap } = await import('./commands/heap.ts');
      done(await runHeap(words, flags, io));
    });
  httpFlags(outputFlags(program.command('goroutines <target>')))
    .description('what goroutines do and who created them; of a pid or core also which can never run again')
    .addOption(new Option('--max-pause <duration>', 'longest that the target may stand still (default: 500ms)'))
    .action(async (target: string, flags: Flags) => {
      const { runGoroutines } = await import('./commands/goroutines.ts');
      done(await runGoroutines(target, flags, io));
    });
  httpFlags(outputFlags(program.command('doctor [target]')))
    .description('what this machine and this target allow, and the command that makes more possible')
    .action(async (target: string | undefined, flags: Flags) => {
      const { runDoctor } = await import('./commands/doctor.ts');
      done(await runDoctor(target, flags, io));
    });
  walkFlags(outputFlags(program.command('core <exe> [core]')))
    .description('the same from a core file (gcore, GOTRACEBACK=crash) and the executable that ran')
    .action(async (exe: string, core: string | undefined, flags: Flags) => {
      const { runCore } = await import('./commands/core.ts');
      done(await runCore(core === undefined ? [exe] : [exe, core], flags, io));
    });
  captureFlags(program.command('ui [target...]'))
    .description('show a case file, recordings or a running program in the browser, on this machine only')
    .addOption(new Option('--port <n>', 'listen here (default: a free port)'))
    .addOption(new Option('--no-browser', 'only print the address'))
    .action(async (words: string[], flags: Flags) => {
      const { runUi } = await import('./commands/ui.ts');
      done(await runUi(words, flags, io));
    });
  scanFlags(program.command('scan [paths...]'))
    .description('what of Go source may leak: ./... (the default), directories or files')
    .action(async (words: string[], flags: Flags) => {
      const { runScan } = await import('./commands/scan.ts');
      done(await runScan(words, flags, io));
    });
  gateFlags(captureFlags(outputFlags(program.command('gate [command...]'))))
    .description(
      'CI: fail when tests leave goroutines or memory behind (gate -- go test ./...), or memory does not return after load',
    )
    .action(async (words: string[], flags: Flags) => {
      const { runGate } = await import('./commands/gate.ts');
      done(await runGate(words, flags, io));
    });
  casesCommand(program, io, done);
  outputFlags(program.command('rules'))
    .description('list the causes that leakline knows')
    .action(async (flags: Flags) => {
      const { runRules } = await import('./commands/rules.ts');
      done(await runRules(flags, io));
    });
  outputFlags(program.command('explain <rule>'))
    .description('what a cause is, why it leaks, how to fix it, what only looks like it')
    .action(async (rule: string, flags: Flags) => {
      const { runExplain } = await import('./commands/explain.ts');
      done(await runExplain(rule, flags, io));
    });
  return program;
}

/** What was recorded, and what becomes of it. */
function casesCommand(program: Command, io: CliIo, done: (code: ExitCode) => void): void {
  const cases = program.command('cases').description('what was recorded: list, export to case files, import, prune');
  outputFlags(storeFlag(cases.command('list', { isDefault: true })))
    .description('list cases (what `leakline cases` does)')
    .action(async (flags: Flags) => {
      const { listCases } = await import('./commands/cases.ts');
      done(await listCases(flags, io));
    });
  storeFlag(cases.command('export <id>'))
    .description('make a case file that every command reads, on any machine')
    .addOption(new Option('-o, --output <file>', 'the file to write'))
    .addOption(new Option('--from <moment>', 'a date with time, or how long ago (2h)'))
    .addOption(new Option('--to <moment>', 'a date with time, or how long ago'))
    .addOption(
      new Option('--captures <n>', 'at most so many captures with a heap profile of each start (default: 200)'),
    )
    .action(async (id: string, flags: Flags) => {
      const { exportCase } = await import('./commands/cases.ts');
      done(await exportCase(id, flags, io));
    });
  storeFlag(cases.command('import <files...>'))
    .description('take case files into the store')
    .action(async (files: string[], flags: Flags) => {
      const { importCases } = await import('./commands/cases.ts');
      done(await importCases(files, flags, io));
    });
  storeFlag(cases.command('prune'))
    .description('drop what is old; first and last captures and those around events stay longest')
    .addOption(new Option('--older <duration>', 'profiles that are older (figures are kept four times as long)'))
    .addOption(new Option('--max-bytes <size>', 'thin out until the store is this small'))
    .addOption(new Option('--case <id>', 'this case altogether (repeatable)').argParser(repeated))
    .action(async (flags: Flags) => {
      const { pruneCases } = await import('./commands/cases.ts');
      done(await pruneCases(flags, io));
    });
}

const storeFlag = (command: Command): Command =>
  command.addOption(new Option('--store <dir>', 'where recordings are kept (default: ~/.local/state/leakline)'));

const repeated = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

function outputFlags(command: Command, formats = 'text, json or md'): Command {
  return command
    .addOption(new Option('--format <format>', formats).default('text'))
    .addOption(new Option('-o, --output <file>', 'write to a file instead of stdout'))
    .addOption(new Option('--top <n>', 'findings and rows to show').default('5'))
    .addOption(new Option('--no-color', 'no colours (also NO_COLOR=1)'))
    .addOption(new Option('--verbose', 'show all evidence, and what is clear'));
}

function scanFlags(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'text, json, sarif, github (annotations) or md').default('text'))
    .addOption(new Option('-o, --output <file>', 'write to a file instead of stdout'))
    .addOption(new Option('--rules <ids>', 'only these rules, separated by commas'))
    .addOption(new Option('--all', 'also the rules that are off because they are often wrong'))
    .addOption(new Option('--disable <ids>', 'not these rules'))
    .addOption(new Option('--changed <base>', 'only hits on lines that changed since the branch left BASE (git)'))
    .addOption(new Option('--baseline <file>', 'hits in this file do not count'))
    .addOption(new Option('--write-baseline <file>', 'accept all of today: write them to this file'))
    .addOption(new Option('--with <file>', 'rank hits by what a case file or profiles measured'))
    .addOption(new Option('--tests', 'also _test.go files'))
    .addOption(new Option('--generated', 'also generated files'))
    .addOption(new Option('--vendor', 'also vendor directories'))
    .addOption(new Option('--testdata', 'also testdata directories'))
    .addOption(new Option('--tags <tags>', 'build tags, separated by commas'))
    .addOption(new Option('--goos <goos>', "files of this operating system (default: this machine's)"))
    .addOption(new Option('--goarch <goarch>', "files of this architecture (default: this machine's)"))
    .addOption(new Option('--no-color', 'no colours (also NO_COLOR=1)'))
    .addOption(new Option('--verbose', 'all notes, and what is accepted'));
}

/** What is asked of a heap, wherever it comes from. */
function walkFlags(command: Command): Command {
  return command
    .addOption(new Option('--why <what>', 'why it is there: a type, an address, a variable, a function, file.go:12'))
    .addOption(new Option('--pprof <file>', 'write the ways from roots to objects as a pprof profile (.pb.gz)'));
}

function gateFlags(command: Command): Command {
  return command
    .addOption(new Option('--rounds <n>', 'how often the tests of a package run in one process').default('6'))
    .addOption(
      new Option('--grace <duration>', 'how long goroutines may take to end after the last test').default('2s'),
    )
    .addOption(new Option('--budget <duration>', 'time for the repeats of one package').default('1m'))
    .addOption(new Option('--only <what>', 'judge goroutines or heap only'))
    .addOption(new Option('--as <kind>', 'the command runs tests, or is a service (default: by its words)'))
    .addOption(new Option('--target <target>', 'a running service, instead of tests: URL, host:port, pid, docker:NAME'))
    .addOption(new Option('--load <command>', 'puts the target under load, and ends; run in each cycle'))
    .addOption(new Option('--cycles <n>', 'cycles of load to judge, after one that warms up').default('5'))
    .addOption(new Option('--settle <duration>', 'rest after each load').default('2s'))
    .addOption(new Option('--max-growth <bytes>', 'heap that a cycle may keep (default: none, by statistics)'))
    .addOption(new Option('--max-goroutines <n>', 'goroutines that may be there after the last cycle'))
    .addOption(new Option('--baseline <file>', 'fail when heap or goroutines end higher than in this file'))
    .addOption(new Option('--write-baseline <file>', 'write what was measured to such a file'))
    .addOption(new Option('--junit <file>', 'write JUnit XML'))
    .addOption(new Option('--sarif <file>', 'write SARIF 2.1.0'))
    .addOption(new Option('--summary <file>', 'append Markdown (also to $GITHUB_STEP_SUMMARY when that is set)'));
}

function captureFlags(command: Command): Command {
  return askingFlags(httpFlags(command))
    .addOption(new Option('--for <duration>', 'how long to watch').default('30s'))
    .addOption(new Option('--every <duration>', 'from capture to capture (default: chosen from --for and the cost)'));
}

/** How long a recording is, where it is kept, and who is told. */
function watchFlags(command: Command): Command {
  return askingFlags(httpFlags(command))
    .addOption(new Option('--for <duration>', 'how long to record (default: until Ctrl-C)'))
    .addOption(new Option('--store <dir>', 'where recordings are kept (default: ~/.local/state/leakline)'))
    .addOption(
      new Option('--on-leak <command or url>', 'run this, or POST the report to it, once for each new finding'),
    )
    .addOption(new Option('--listen <address>', 'serve Prometheus metrics at 127.0.0.1:PORT/metrics'))
    .addOption(new Option('--keep <duration>', 'thin out profiles that are older').default('14d'))
    .addOption(new Option('--max-size <size>', 'thin out what is oldest when the store is larger').default('2GiB'))
    .addOption(new Option('--look <duration>', 'from look to look at cheap figures').default('5s'))
    .addOption(new Option('--every <duration>', 'closest distance of profiles, while something grows (default: 15s)'))
    .addOption(new Option('--rest <duration>', 'distance of profiles while nothing grows').default('5m'))
    .addOption(new Option('--wait <duration>', 'how long a target that went away may take to come back').default('1h'));
}

/** What may be asked of the target, and its source. */
function askingFlags(command: Command): Command {
  return command
    .addOption(new Option('--gc <policy>', 'force a GC before heap profiles: auto, always, never').default('auto'))
    .addOption(new Option('--gentle', 'force no GC and take no goroutine dumps'))
    .addOption(
      new Option(
        '--no-walk',
        'do not walk the heap of a local process (stops it for 300 ms at most, and 100 ms near the beginning)',
      ),
    )
    .addOption(new Option('--no-native', 'trace no C allocations when memory outside the Go heap grows'))
    .addOption(new Option('--source <dir>', "the program's source, when it is not where it was built"))
    .addOption(new Option('--no-source', 'read no source'));
}

/** How to reach a protected endpoint. */
function httpFlags(command: Command): Command {
  return command
    .addOption(new Option('--header <header>', "request header 'Name: value' (repeatable)").argParser(repeated))
    .addOption(new Option('--user <user:password>', 'basic authentication'))
    .addOption(new Option('--insecure', "do not check the server's certificate"))
    .addOption(new Option('--cacert <file>', 'certificate authority to trust (PEM)'))
    .addOption(new Option('--timeout <duration>', 'for one request'));
}

const targetsHelp = `
Targets:
  http://localhost:6060, host:port, :6060   a service with net/http/pprof
  4242                                      a pid; its pprof port is found
  docker:NAME, systemd:UNIT                 the process behind a container or unit
  base.pb.gz now.pb.gz, profiles/           profile files, or a directory of them
  service.log                               a log with GODEBUG=gctrace=1 lines or goroutine dumps
  x.leakline                                a case file (leakline capture)
  store:ID, store:DIR/ID                    a recording (leakline watch, leakline cases)
  -                                         a profile or a log on stdin
  -- ./svc --port 8080                      start it, watch it, diagnose it

Exit codes: 0 clear, 1 leak found, 2 usage or known error, 3 inconclusive, 70 a bug of leakline.`;
