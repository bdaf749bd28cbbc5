import { describe, expect, it } from 'vitest';
import { guiltyFiles } from './guilty-files.ts';

/** `retains a.go:3, allocates b.go:9` */
function sites(text: string) {
  return text.split(', ').map((one) => {
    const [, role, file, line] = /^(\w+) (.*):(\d+)$/.exec(one)!;
    return { role: role as 'retains', function: 'main.f', file: file!, line: Number(line) };
  });
}

const drawn = (all: ReturnType<typeof guiltyFiles>): string[] =>
  all.map(
    ({ file, lines, roles }) => `${file} ${lines.map((line) => `${line}:${roles.get(line)!.join('+')}`).join(' ')}`,
  );

describe('the guilty lines of a finding', () => {
  it('are told file by file, the place to fix first in front', () => {
    const all = sites('allocates b.go:9, retains a.go:40, spawns a.go:33, blocks a.go:40');
    expect(drawn(guiltyFiles({ site: { ...all[1]!, package: 'main' }, sites: all }))).toEqual([
      'a.go 33:spawns 40:retains+blocks',
      'b.go 9:allocates',
    ]);
  });

  it('leave out what lies too far away to be shown together, and places that are not known', () => {
    const all = sites('retains a.go:40, allocates a.go:400, maps :0');
    expect(drawn(guiltyFiles({ site: { ...all[0]!, package: 'main' }, sites: all }))).toEqual(['a.go 40:retains']);
  });
});
