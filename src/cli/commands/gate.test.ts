import { describe, expect, it } from 'vitest';
import { runCommand } from '../../../test/run-command.ts';

describe('leakline gate', () => {
  const gate = (...argv: string[]) => runCommand(['gate', ...argv], { env: { PATH: '/nonexistent' } });

  it('says what is missing, and which words would do', async () => {
    await expect(gate()).rejects.toThrow('leakline gate needs the command that runs the tests');
    await expect(gate('--only', 'rss', '--', 'go', 'test')).rejects.toThrow(
      '--only rss is not one of goroutines, heap',
    );
    await expect(gate('--rounds', '0', '--', 'go', 'test')).rejects.toThrow(
      '--rounds 0 is not a number from 1 to 1000',
    );
    await expect(gate('--grace', 'long', '--', 'go', 'test')).rejects.toThrow('--grace long is not a duration');
    await expect(gate('--as', 'load', '--', './svc')).rejects.toThrow('--as load is not one of tests, service');
  });

  it('needs Go, and says so', async () => {
    await expect(gate('--', 'go', 'test', './...')).rejects.toThrow('there is no go in PATH');
  });
});
