import { describe, expect, it } from 'vitest';
import { drawNative } from '../../../test/drawing/draw-process.ts';
import { type Drawing, drawRuleInput } from '../../../test/drawing/draw-suspects.ts';
import { fileMapping } from './file-mapping.ts';
import { pageCache } from './process-look-alikes.ts';

const up = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const level = up.map(() => 10);
const titles = (drawing: Drawing): readonly string[] => {
  const outcome = fileMapping.evaluate(drawRuleInput(drawing));
  return outcome.kind === 'candidates' ? outcome.candidates.map(({ title }) => title) : [outcome.kind];
};

describe('file-mapping', () => {
  const more = { name: '/var/index-7', residentMib: up, mappedMib: up, mappings: up };

  it('is a leak when mappings become more', () => {
    expect(titles({ ledger: { mib: { 'file-mappings': up }, files: [more] } })).toEqual([
      '9 more file mappings, and none is unmapped (index-7)',
    ]);
  });

  it('names the line where a trace saw it', () => {
    const native = drawNative([{ stack: 'svc.open /app/index.go:30', kib: up, kind: 'file-mapping' }]);
    expect(titles({ ledger: { mib: { 'file-mappings': up }, files: [more] }, native })).toEqual([
      'A file is mapped at svc.open:30 and never unmapped',
    ]);
  });

  it('is page cache when only more of the same mapping is resident', () => {
    const read = { name: '/data/store.db', residentMib: up, mappedMib: level, mappings: level };
    const drawing: Drawing = { ledger: { mib: { 'file-mappings': up }, files: [read] } };
    expect(titles(drawing)).toEqual(['clear']);
    expect(pageCache.evaluate(drawRuleInput(drawing))).toMatchObject({
      kind: 'clear',
      examined: 1,
      why: expect.stringContaining('/data/store.db'),
    });
  });

  it('sees shared memory that grows, which no kernel takes back', () => {
    expect(titles({ ledger: { mib: { shmem: up } } })).toEqual([
      'Shared memory (memfd, tmpfs) that the process maps grows',
    ]);
  });

  it('says that nothing is known without the mappings', () => {
    expect(titles({})).toEqual(['inconclusive']);
  });
});
