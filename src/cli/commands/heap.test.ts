// `leakline heap`, as far as it goes without a Go process; walks of real ones are in test/live/heap-command.test.ts.
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../../test/run-command.ts';

describe('leakline heap, refusals', () => {
  it.each<[string, string[], string]>([
    ['two targets', ['heap', '1', '2'], 'one target'],
    ['three targets', ['heap', '1', '2', '3', '--diff'], 'two with --diff'],
    ['--diff of one file', ['heap', 'package.json', '--diff'], 'two files'],
    ['--for with two files', ['heap', 'package.json', 'b', '--diff', '--for', '5s'], 'of one process'],
    ['--for without --diff', ['heap', '1', '--for', '5s'], 'the time between two walks'],
    ['a pause that is no duration', ['heap', '1', '--max-pause', 'short'], '--max-pause short is not a duration'],
    ['two questions at once', ['heap', '1', '--why', 'x', '--diff'], 'two questions'],
    ['an empty question', ['heap', '1', '--why', ''], 'asks for nothing'],
  ])('refuses %s', async (_, argv, message) => {
    await expect(runCommand(argv)).rejects.toMatchObject({
      code: 'E-USAGE',
      message: expect.stringContaining(message),
    });
  });

  it('refuses files that are neither a core nor a saved heap, and --save of what is no process', async () => {
    await expect(runCommand(['heap', 'package.json'])).rejects.toThrow(
      'package.json is neither a core, a saved heap nor a case',
    );
    await expect(runCommand(['heap', 'src'])).rejects.toMatchObject({ code: 'E-HEAP-FILE' });
    await expect(runCommand(['heap', 'package.json', '--save', 'b'])).rejects.toMatchObject({ code: 'E-USAGE' });
  });

  it('says which file cannot be read', async () => {
    await expect(runCommand(['heap', 'no-such-core'])).rejects.toThrow('no-such-core is neither a pid nor a file');
    await expect(runCommand(['core', 'exe', 'no-such-core'])).rejects.toThrow(/no-such-core cannot be read/);
  });

  it.skipIf(process.platform !== 'linux')('says that there is no such process', async () => {
    await expect(runCommand(['heap', '4194304'])).rejects.toMatchObject({ code: 'E-CAPTURE-NO-PROCESS' });
  });
});
