import { describe, expect, it } from 'vitest';
import { parseDiff, readChangedLines } from './changed-lines.ts';

const diff = `diff --git a/a.go b/a.go
index 1..2 100644
--- a/a.go
+++ b/a.go
@@ -3 +3,2 @@ func f() {
-old
++++ b/not-a-header.go
+new
@@ -10,2 +11,0 @@
-gone
-gone
diff --git a/dir name/ü.go b/dir name/ü.go
--- /dev/null
+++ b/dir name/ü.go
@@ -0,0 +1 @@
+package x
\\ No newline at end of file
`;

describe('changed lines', () => {
  it('are the new lines of each file, whatever they contain', () => {
    expect([...parseDiff(diff)]).toEqual([
      ['a.go', [{ from: 3, to: 4 }]],
      ['dir name/ü.go', [{ from: 1, to: 1 }]],
    ]);
  });

  it('of a file that git does not know yet are all of its lines', async () => {
    const changed = await readChangedLines('main', '/repo', async (_, args) => {
      if (args.includes('rev-parse')) return '/repo\n';
      if (args.includes('merge-base')) return 'abc\n';
      return args.includes('ls-files') ? 'new.go\0' : diff;
    });
    expect(changed.isChanged('/repo/new.go', 7)).toBe(true);
    expect(changed.isChanged('/repo/a.go', 4)).toBe(true);
    expect(changed.isChanged('/repo/a.go', 5)).toBe(false);
  });

  it('cannot be told without the base', async () => {
    const fails = async (): Promise<string> => {
      throw new Error('fatal: not a git repository');
    };
    await expect(readChangedLines('main', '/repo', fails)).rejects.toThrow('git does not know what changed since main');
    await expect(readChangedLines('--output=x', '/repo', async () => '')).rejects.toThrow('does not know');
  });
});
