import { expect, it } from 'vitest';
import { fitText } from './fit-text.ts';

it('keeps what tells most of a name', () => {
  const name = 'net/http.(*persistConn).readLoop';
  expect([40, 28, 24, 10, 6, 2].map((characters) => fitText(name, characters))).toEqual([
    'net/http.(*persistConn).readLoop',
    'http.(*persistConn).readLoop',
    '(*persistConn).readLoop',
    'readLoop',
    'readL…',
    '',
  ]);
});
