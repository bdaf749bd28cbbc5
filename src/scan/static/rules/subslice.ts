// A few bytes of a large buffer, put into a place that lives long.
import { keptCuts } from '../cuts.ts';
import type { StaticRule } from '../static-rule.ts';

export const subslice: StaticRule = {
  id: 'subslice',
  byDefault: true,
  examples: {
    leaks: [
      `import "sync"

type audit struct {
	mu      sync.Mutex
	headers [][]byte
}

func (a *audit) receive(r reader) {
	buf := make([]byte, 64<<10)
	n := r.read(buf)
	header := buf[:min(n, 16)] //want
	a.headers = append(a.headers, header)
}`,
      `var seen = map[string]entry{}

func remember(id string, packet []byte) {
	seen[id] = entry{kind: 1, head: packet[:8]} //want
}`,
    ],
    fine: [
      `import ("bytes"; "sync")

type audit struct {
	mu      sync.Mutex
	headers [][]byte
}

func (a *audit) receive(r reader) {
	buf := make([]byte, 64<<10)
	r.read(buf)
	a.headers = append(a.headers, bytes.Clone(buf[:16]))
}`,
      `func parse(packet []byte) header {
	return header{kind: packet[0], body: packet[1:9]}
}`,
    ],
  },
  find: (facts) => keptCuts(facts, 'slice'),
};
