import { expect, it } from 'vitest';
import { ownFrameOf } from './native-own-frame.ts';

const stack = (...names: string[]) =>
  names.map((name) => ({ function: name, file: undefined, line: 1, object: undefined, address: 1 }));
const own = (module: string | undefined, ...names: string[]) => ownFrameOf(stack(...names), module)?.function;

it('finds who of the program called the library that calls C', () => {
  const driver = 'github.com/mattn/go-sqlite3.(*SQLiteConn).prepare';
  expect(own('acme.com/svc', driver, 'database/sql.(*DB).Prepare', 'acme.com/svc/store.Find', 'main.main')).toBe(
    'acme.com/svc/store.Find',
  );
  expect(own(undefined, driver, 'database/sql.(*DB).Prepare', 'main.lookup')).toBe('main.lookup');
  expect(own('acme.com/svc', 'acme.com/svcother.Do', 'runtime.goexit')).toBeUndefined();
});

it('does not take what cgo made in package main', () => {
  expect(own('acme.com/svc', 'main._Cfunc_CString', 'main._Cfunc_dup', 'main.handle')).toBe('main.handle');
});
