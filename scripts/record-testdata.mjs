// `npm run record`: builds the programs of the zoo, runs them, and keeps what `leakline capture` collects as case files in
// testdata/recorded/<go version>/. `--go go1.27.3` another toolchain, `--only a,b` some rules, `--leaky` the leaky ones only,
// `--jobs 3` at a time. Built with -trimpath, so that no path of the recording machine gets into them.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { zooPrograms } from './zoo-programs.mjs';

const { values: flags } = parseArgs({
  options: {
    go: { type: 'string' },
    only: { type: 'string' },
    leaky: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '3' },
    cli: { type: 'string', default: 'dist/cli.js' },
    for: { type: 'string', default: '18s' },
    every: { type: 'string', default: '1500ms' },
  },
});
// A target must not outlive this script, however it ends.
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const env = {
  ...process.env,
  GOFLAGS: '-buildvcs=false',
  ...(flags.go === undefined ? {} : { GOTOOLCHAIN: flags.go }),
};
const version = spawnSync('go', ['env', 'GOVERSION'], { env, encoding: 'utf8' }).stdout.trim();
const folder = path.join('testdata/recorded', version);
mkdirSync(folder, { recursive: true });
const wanted = flags.only?.split(',');
// Go 1.27 has no timers of the old kind any more, whatever go.mod says.
const oldTimers = Number(version.split('.')[1]) < 27;
const queue = zooPrograms().filter(
  ({ rule, truth, folder: home }) =>
    (wanted === undefined || wanted.includes(rule)) &&
    (!flags.leaky || truth.verdict === 'leak') &&
    (oldTimers || !home.includes('go122')),
);
// The name of the cgroup is in the recording: it shall say nothing of the machine.
const cgroup = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup']
  .filter((mount) => existsSync(path.join(mount, 'cgroup.procs')))
  .map((mount) => path.join(mount, 'leakline-zoo'))[0];
const scratch = mkdtempSync(path.join(os.tmpdir(), 'zoo-'));
let failed = 0;
await Promise.all(Array.from({ length: Number(flags.jobs) }, work));
rmSync(scratch, { recursive: true, force: true });
if (cgroup !== undefined && existsSync(cgroup)) {
  // The kernel takes a moment to forget what was killed.
  await new Promise((resolve) => setTimeout(resolve, 500));
  rmdirSync(cgroup);
}
process.exitCode = failed > 0 ? 1 : 0;

async function work() {
  for (let program = queue.shift(); program !== undefined; program = queue.shift()) {
    const name = `${program.rule}-${program.variant}`;
    try {
      const file = await record(program, name);
      console.log(`${file} ${Math.round(statSync(file).size / 1024)} KiB`);
    } catch (error) {
      failed++;
      console.error(`${name}: ${error.message}`);
    }
  }
}

async function record(program, name) {
  const binary = path.join(scratch, name);
  const built = spawnSync('go', ['build', '-trimpath', '-o', binary, '.'], {
    cwd: program.folder,
    env,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(built.stderr.trim());
  const service = spawn(binary, [], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(service);
  if (cgroup !== undefined && process.getuid() === 0) {
    mkdirSync(cgroup, { recursive: true });
    writeFileSync(path.join(cgroup, 'cgroup.procs'), String(service.pid));
  }
  try {
    await new Promise((resolve, reject) => {
      service.stdout.once('data', resolve);
      service.once('exit', () => reject(new Error('it ended at once')));
    });
    service.stdout.resume();
    const file = path.join(folder, `${name}.leakline`);
    const args = ['capture', String(service.pid), '--for', flags.for, '--every', flags.every, '-o', file];
    const source = path.join(
      'testdata/programs',
      program.folder.includes(`${path.sep}go122${path.sep}`) ? 'go122' : '',
    );
    await new Promise((resolve, reject) => {
      const cli = spawn(process.execPath, [flags.cli, ...args, '--source', source], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let err = '';
      cli.stderr.on('data', (chunk) => {
        err += chunk;
      });
      cli.on('close', (code) => (code === 0 ? resolve() : reject(new Error(err.trim()))));
    });
    return file;
  } finally {
    service.kill('SIGKILL');
  }
}
