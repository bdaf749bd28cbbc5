import { describe, expect, it } from 'vitest';
import { parseLogLine } from './log-line.ts';

const words = 'memory: usage 1kB, limit 1kB, failcnt 0';
const parse = (line: string) => parseLogLine(line, { referenceMs: Date.UTC(2026, 10, 23), localTime: Date.UTC });
const sinceBootMs = 2_563_422.336;
const wall = Date.UTC(2026, 10, 22, 22, 1, 45);

describe('parseLogLine', () => {
  it.each([
    ['dmesg', `[ 2563.422336] ${words}`, { sinceBootMs }],
    ['dmesg with callers', `[ 2563.422336][ T3157] ${words}`, { sinceBootMs }],
    ['dmesg --raw', `<3>[ 2563.422336] ${words}`, { sinceBootMs }],
    ['/dev/kmsg', `3,423,2563422336,-;${words}`, { sinceBootMs, speaker: 'kernel' }],
    ['dmesg --ctime', `[Sun Nov 22 22:01:45 2026] ${words}`, { atMs: wall }],
    ['dmesg --time-format iso', `2026-11-22T22:01:45,623911+00:00 ${words}`, { atMs: wall + 623 }],
    ['dmesg --json', `{"pri": 3, "time":  2563.422336, "msg": "${words}"},`, { sinceBootMs, speaker: 'kernel' }],
    [
      'syslog of Debian',
      `Nov 22 22:01:45 host kernel: [ 2563.422336] ${words}`,
      { atMs: wall, sinceBootMs, hostname: 'host', speaker: 'kernel' },
    ],
    ['syslog of RHEL', `Nov 22 22:01:45 host kernel: ${words}`, { atMs: wall, hostname: 'host', speaker: 'kernel' }],
    [
      'RFC 3339 syslog',
      `2026-11-22T23:01:45.5+01:00 host kernel: [ 2563.422336] ${words}`,
      { atMs: wall + 500, sinceBootMs, hostname: 'host' },
    ],
    ['journalctl -o short-iso', `2026-11-22T22:01:45+0000 host kernel: ${words}`, { atMs: wall, speaker: 'kernel' }],
    ['journalctl -o short-full', `Sun 2026-11-22 22:01:45 UTC host kernel: ${words}`, { atMs: wall, hostname: 'host' }],
    [
      'journalctl -o short-monotonic',
      `[ 2563.422336] host kernel: ${words}`,
      { sinceBootMs, hostname: 'host', speaker: 'kernel' },
    ],
    ['journalctl -o short-unix', `${wall / 1000}.250000 host kernel: ${words}`, { atMs: wall + 250, hostname: 'host' }],
    [
      'journalctl -o json',
      JSON.stringify({ __REALTIME_TIMESTAMP: `${wall}000`, MESSAGE: words, _HOSTNAME: 'host', _TRANSPORT: 'kernel' }),
      { atMs: wall, hostname: 'host', speaker: 'kernel' },
    ],
    [
      'a hypervisor',
      `2026-11-22T22:01:45.000Z In(05) vcpu-5 - Guest: <6>[ 2563.422336] ${words}`,
      { atMs: wall, sinceBootMs },
    ],
    ['bare text', words, {}],
  ])('reads %s', (_, line, expected) => {
    expect(parse(line)).toMatchObject({ text: words, ...expected });
  });

  it('keeps a row of the task table whole', () => {
    const row = '[   3154]     0  3154   322850    30887   331776        0             0 oomleak';
    expect(parse(`[ 2563.422263] ${row}`).text).toBe(row);
    expect(parse(row).text).toBe(row);
  });

  it('takes a stamp without a year from the year before when it would lie ahead', () => {
    expect(parse('Dec 31 10:00:00 h kernel: x').atMs).toBe(Date.UTC(2025, 11, 31, 10));
  });

  it('turns escaped line breaks of a kmsg record back', () => {
    expect(parse('6,1,1000000,-;Memory cgroup stats for /a:\\x0aanon 5').text).toBe(
      'Memory cgroup stats for /a:\nanon 5',
    );
  });

  it('does not take the first words of a message for a host', () => {
    for (const text of ['oom_reaper: reaped process 1 (a)', 'erigon.service: Failed', 'Out of memory: Killed'])
      expect(parse(`[Sun Nov 22 22:01:45 2026] ${text}`).text).toBe(text);
  });
});
