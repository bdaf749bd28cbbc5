import { describe, expect, it } from 'vitest';
import { parseLocalAddresses, parseSocketTable } from './find-pprof-port.ts';

describe('parseSocketTable', () => {
  it('reads listening sockets of both families and no others', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:17AC 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0 100 0 0 10 0',
      '   1: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31338 1 0 100 0 0 10 0',
      '   2: 0100007F:17AC 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 31339 1 0 20 4 30 10 -1',
      '   3: 00000000000000000000000001000000:17AD 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31340 1 0 100 0 0 10 0',
      '   4: 00000000000000000000000000000000:17AE 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31341 1 0 100 0 0 10 0',
      '',
    ].join('\n');
    expect(parseSocketTable(table)).toEqual([
      { host: '127.0.0.1', port: 6060, inode: '31337' },
      { host: '0.0.0.0', port: 8080, inode: '31338' },
      { host: '::1', port: 6061, inode: '31340' },
      { host: '::', port: 6062, inode: '31341' },
    ]);
  });

  it('reads nothing from garbage', () => {
    expect(parseSocketTable('no table\n  0: zz')).toEqual([]);
  });
});

describe('parseLocalAddresses', () => {
  it('finds the addresses of a container without loopback', () => {
    const trie = [
      'Main:',
      '  +-- 0.0.0.0/0 3 0 5',
      '     |-- 0.0.0.0',
      '        /0 universe UNICAST',
      '        |-- 127.0.0.1',
      '           /32 host LOCAL',
      '        |-- 172.17.0.2',
      '           /32 host LOCAL',
      '        |-- 172.17.255.255',
      '           /32 link BROADCAST',
      '',
    ].join('\n');
    expect(parseLocalAddresses(`${trie}${trie}`)).toEqual(['172.17.0.2']);
  });
});
