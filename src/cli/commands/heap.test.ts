// `leakline heap`, as far as it goes without a Go process; walks of real ones are in test/live/heap-command.test.ts.
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../../test/run-command.ts';

describe('leakline heap, refusals', () => {
  it.each<[string, string[], string]>([
    ['no pid', ['heap', 'svc'], 'svc is not a pid'],
    ['two targets', ['heap', '1', '2'], 'one target'],
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

  it.skipIf(process.platform !== 'linux')('says that there is no such process', async () => {
    await expect(runCommand(['heap', '4194304'])).rejects.toMatchObject({ code: 'E-CAPTURE-NO-PROCESS' });
  });
});
