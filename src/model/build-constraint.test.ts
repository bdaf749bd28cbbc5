import { describe, expect, it } from 'vitest';
import { type BuildTarget, excludedBy } from './build-constraint.ts';

const linux: BuildTarget = { goos: 'linux', goarch: 'amd64', tags: [], cgo: true };

describe('files of a build', () => {
  it('are chosen by their names', () => {
    expect(excludedBy('mmap_windows.go', 'package x', linux)).toBe('_windows.go');
    expect(excludedBy('mmap_linux_arm64.go', 'package x', linux)).toBe('_arm64.go');
    expect(excludedBy('mmap_darwin_amd64.go', 'package x', linux)).toBe('_darwin_amd64.go');
    expect(excludedBy('mmap_linux_test.go', 'package x', linux)).toBeUndefined();
    expect(excludedBy('linux.go', 'package x', linux)).toBeUndefined();
    expect(excludedBy('windows.go', 'package x', linux)).toBeUndefined();
  });

  it('are chosen by the line before the package clause', () => {
    const of = (constraint: string) =>
      excludedBy('a.go', `// Copyright\n\n//go:build ${constraint}\n\npackage a\n`, linux);
    expect(of('linux && (amd64 || arm64)')).toBeUndefined();
    expect(of('unix && !(windows || darwin)')).toBeUndefined();
    expect(of('ignore')).toBe('//go:build ignore');
    expect(of('!linux')).toBe('//go:build !linux');
    expect(of('cgo && go1.99')).toBeUndefined();
    expect(of('race || (msan && asan)')).toBe('//go:build race || (msan && asan)');
    expect(excludedBy('a.go', 'package a\n//go:build ignore\n', linux)).toBeUndefined();
  });

  it('follow tags', () => {
    expect(
      excludedBy('a.go', '//go:build integration\n\npackage a', { ...linux, tags: ['integration'] }),
    ).toBeUndefined();
  });

  it('are kept when the line is nonsense', () => {
    expect(excludedBy('a.go', '//go:build ((((\n\npackage a', linux)).toBeUndefined();
    expect(excludedBy('a.go', `//go:build ${'('.repeat(5000)}\n\npackage a`, linux)).toBeUndefined();
  });
});
