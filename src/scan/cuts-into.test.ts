import { describe, expect, it } from 'vitest';
import { drawSource } from '../../test/drawing/draw-source.ts';

const drawn = drawSource(`
  type page struct{ data [4096]byte }
  type table struct{ name string; hot []*page }
  type other struct{ hot []*page }
  type head struct{ port int; bytes []byte }
  var lasts [][]*page
  var names []string

  func (t *table) scan(pages []*page) {
    t.hot = pages[:1] //@field
    t.hot = t.hot[1:]
    t.hot = pages
    t.hot = append(t.hot, pages...)
    o := &other{}
    o.hot = pages[:2]
  }
  func keep(all []*page, packet []byte) *head {
    lasts = append(lasts, all[10:]) //@appended
    lasts = append(lasts, all)
    lasts := [][]*page{}
    lasts = append(lasts, all[11:])
    h := head{port: 1, bytes: packet[:16]} //@keyed
    _ = h
    _ = head{2, packet[:]}
    return &head{1, packet[:8]} //@positional
  }
  func title(line string) { names = append(names, (line[6:16])) } //@text
  func main() {}`);

const cuts = (owner: string | undefined, name: string) => drawn.facts.cutsInto({ owner, name }).map(drawn.markOf);

describe('cuts on the way into a place', () => {
  it('are slices of something else that a field of this type gets', () => {
    expect(cuts('table', 'hot')).toEqual(['field']);
  });

  it('are written in literals, too, by name or by position', () => {
    expect(cuts('head', 'bytes')).toEqual(['keyed', 'positional']);
  });

  it('are appended to variables of the package, not to others of that name', () => {
    expect(cuts(undefined, 'lasts')).toEqual(['appended']);
    expect(cuts(undefined, 'names')).toEqual(['text']);
  });

  it('are not found where nothing is cut', () => {
    expect(cuts('table', 'name')).toEqual([]);
    expect(cuts('page', 'data')).toEqual([]);
  });
});
