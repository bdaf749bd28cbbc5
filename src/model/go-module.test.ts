import { describe, expect, it } from 'vitest';
import { goVersionOf, readModuleFacts, timersOfModule } from './go-module.ts';

const timersOf = (text: string) => timersOfModule(readModuleFacts(`module example.com/x\n${text}`)).answer;

describe('go.mod', () => {
  it('names the module and its Go', () => {
    const module = readModuleFacts('// x\nmodule example.com/x // y\n\ngo 1.22.3\n\ntoolchain go1.24.1\n');
    expect(module).toMatchObject({ modulePath: 'example.com/x', goLine: 'go1.22.3', toolchain: 'go1.24.1' });
    expect(goVersionOf(module!)).toBe('go1.24.1');
    expect(readModuleFacts('go 1.22')).toBeUndefined();
  });

  it('decides whether timers are collected', () => {
    expect(timersOf('go 1.23')).toBe('yes');
    expect(timersOf('go 1.22')).toBe('no');
    expect(timersOf('go 1.22\ntoolchain go1.25.0')).toBe('no');
    expect(timersOf('go 1.22\ntoolchain go1.27.0')).toBe('yes');
    expect(timersOf('go 1.24\ngodebug asynctimerchan=1')).toBe('no');
    expect(timersOf('go 1.22\ntoolchain go1.24.0\ngodebug asynctimerchan=0')).toBe('yes');
    expect(timersOf('')).toBe('unknown');
  });
});
