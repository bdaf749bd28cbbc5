import { describe, expect, it } from 'vitest';
import { drawSource } from '../../test/drawing/draw-source.ts';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import { diagnose } from './diagnose.ts';
import type { Finding } from './finding.ts';

const up = [100, 700, 1300, 1900, 2500, 3100, 3700, 4300, 4900, 5500];

function findingOf(stack: string, text: string): Finding | undefined {
  const { facts: source } = drawSource(text);
  return diagnose(drawDiagnosisInput({ heap: [{ stack, kib: up }], source, module: 'main' })).findings[0];
}

const said = (finding: Finding | undefined): readonly string[] =>
  (finding?.evidence ?? []).flatMap((item) =>
    item.kind === 'source' && item.what.includes('scan') ? [`${item.line}: ${item.what}`] : [],
  );

describe('the scan as a witness', () => {
  it('of the same cause on a line that grows', () => {
    const finding = findingOf(
      'main.get /app/main.go:4 < main.main /app/main.go:7',
      `package main
var cache = map[string][]byte{}
func get(id string) []byte {
  v := make([]byte, 4096)
  cache[id] = v
  return v }
func main() { for { get(next()) } }
`,
    );
    expect(finding?.rule).toBe('unbounded-map');
    expect(said(finding)).toEqual([
      '5: the scan of the source sees it, too: entries are put into main.cache, and nothing in this package takes them out or bounds it',
    ]);
  });

  it('of where to look when nobody knows who keeps what grows', () => {
    const finding = findingOf(
      'main.load /app/main.go:6 < main.main /app/main.go:8',
      `package main
var cache = map[string][]byte{}
var put = func(id string, v []byte) {}
func init() { put = save }
func save(id string, v []byte) { cache[id] = v }
func load(id string) { v := make([]byte, 4096)
  put(id, v) }
func main() { for { load(next()) } }
`,
    );
    expect(finding?.rule).toBe('unknown-retention');
    expect(said(finding)).toEqual([
      '5: it may be kept here: the scan of the source found unbounded-map: entries are put into main.cache, and nothing in this package takes them out or bounds it',
    ]);
  });

  it('is silent about other causes', () => {
    const finding = findingOf(
      'main.get /app/main.go:4 < main.main /app/main.go:8',
      `package main
var cache = map[string][]byte{}
func get(id string) []byte {
  v := make([]byte, 4096)
  cache[id] = v
  return v }
func forget(id string) { delete(cache, id) }
func main() { for { get(next()); forget(next()) } }
`,
    );
    expect(finding?.rule).toBe('unbounded-map');
    expect(said(finding)).toEqual([]);
  });
});
