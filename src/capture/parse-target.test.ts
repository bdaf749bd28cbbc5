import { describe, expect, it } from 'vitest';
import { parseTarget, type TargetLookup } from './parse-target.ts';

const files: Record<string, 'file' | 'directory' | 'case'> = {
  'base.pb.gz': 'file',
  'now.pb.gz': 'file',
  profiles: 'directory',
  'x.leakline': 'case',
  'localhost:6060': 'file',
  '77': 'file',
};
const lookup: TargetLookup = {
  fileKind: (path) => (path.startsWith('here:') ? undefined : files[path]),
  processExists: (pid) => pid === 4242,
};
const parse = (...words: string[]) => parseTarget(words, false, lookup);
const addressOf = (word: string) => {
  const target = parse(word);
  if (target.kind !== 'url') throw new Error(`${word} is ${target.kind}`);
  return target.address;
};

describe('parseTarget', () => {
  it('reads the URL forms', () => {
    expect(addressOf(':6060')).toMatchObject({ origin: 'http://localhost:6060', label: 'http://localhost:6060' });
    expect(addressOf('svc:6060').origin).toBe('http://svc:6060');
    expect(addressOf('http://svc').origin).toBe('http://svc');
    expect(addressOf('https://svc.example.com/api/').label).toBe('https://svc.example.com/api');
    expect(addressOf('[::1]:6060').origin).toBe('http://[::1]:6060');
    expect(addressOf('svc.local').origin).toBe('http://svc.local');
    expect(addressOf('docker:6060').origin).toBe('http://docker:6060');
  });

  it('takes the base path out of a pasted profile URL', () => {
    for (const tail of ['', '/', '/heap', '/heap?gc=1', '/goroutine?debug=2', '/profile?seconds=30'])
      expect(addressOf(`http://svc:6060/debug/pprof${tail}`)).toMatchObject({
        basePaths: ['/debug/pprof/'],
        query: '',
      });
    expect(addressOf('svc:6060/app/debug/pprof/heap').basePaths).toEqual(['/app/debug/pprof/']);
    expect(addressOf('svc:6060/stats/heap').basePaths).toEqual(['/stats/']);
  });

  it('tries a prefix before the usual places', () => {
    expect(addressOf('localhost:7070/app').basePaths).toEqual([
      '/app/debug/pprof/',
      '/app/pprof/',
      '/app/',
      '/debug/pprof/',
    ]);
    expect(addressOf(':6060').basePaths[0]).toBe('/debug/pprof/');
  });

  it('keeps credentials and tokens out of the label', () => {
    const address = addressOf('http://ann:s%40crt@svc:6060/app?token=t0ken&debug=1');
    expect(address).toMatchObject({ credentials: 'ann:s@crt', query: 'token=t0ken', label: 'http://svc:6060/app' });
    expect(() => parse('http://ann:s3cret@svc:99999')).toThrow(/^(?!.*s3cret)/);
  });

  it('takes a number for a pid when there is such a process', () => {
    expect(parse('4242')).toEqual({ kind: 'pid', pid: 4242 });
    expect(() => parse('6060')).toThrow('there is no process 6060');
    try {
      parse('6060');
    } catch (error) {
      expect(error).toMatchObject({ code: 'E-USAGE', advice: expect.stringContaining(':6060') });
    }
  });

  it('lets existing files win over hosts and pids', () => {
    expect(parse('localhost:6060')).toEqual({ kind: 'files', paths: ['localhost:6060'] });
    expect(parse('77')).toEqual({ kind: 'files', paths: ['77'] });
    expect(parse('base.pb.gz', 'now.pb.gz')).toEqual({ kind: 'files', paths: ['base.pb.gz', 'now.pb.gz'] });
    expect(parse('profiles')).toEqual({ kind: 'files', paths: ['profiles'] });
    expect(parse('x.leakline')).toEqual({ kind: 'case', path: 'x.leakline' });
  });

  it('recognises what runs a process', () => {
    expect(parse('docker:web')).toEqual({ kind: 'named', scheme: 'docker', name: 'web' });
    expect(parse('systemd:etcd.service')).toEqual({ kind: 'named', scheme: 'systemd', name: 'etcd.service' });
    expect(parse('pod:prod/api-0')).toEqual({ kind: 'named', scheme: 'pod', name: 'prod/api-0' });
  });

  it('takes everything after -- as a command', () => {
    expect(parse('--', './svc', '--port', '8080')).toEqual({ kind: 'command', argv: ['./svc', '--port', '8080'] });
    expect(() => parse('--')).toThrow('no command after --');
    expect(() => parse(':6060', '--', './svc')).toThrow('both a target');
  });

  it('reads stdin when something is piped in', () => {
    expect(parseTarget(['-'], true, lookup)).toEqual({ kind: 'stdin' });
    expect(parseTarget([], true, lookup)).toEqual({ kind: 'stdin' });
    expect(() => parse('-')).toThrow('nothing is piped in');
    expect(() => parse()).toThrow('no target was given');
  });

  it('says what is wrong with everything else', () => {
    expect(() => parse('heap.pb.gz')).toThrow('there is no file `heap.pb.gz`');
    expect(() => parse('svc')).toThrow('`svc` is no file here, no pid and no address');
    expect(() => parse('ftp://svc')).toThrow('`ftp://` is not a scheme');
    expect(() => parse('localhost', '6060')).toThrow('two words');
    expect(() => parse('base.pb.gz', ':6060')).toThrow('`:6060` is not a file');
    expect(() => parse('base.pb.gz', 'x.leakline')).toThrow('stands beside other files');
  });
});
