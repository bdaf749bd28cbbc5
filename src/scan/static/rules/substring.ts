// A short part of a long string, put into a place that lives long.
import { keptCuts } from '../cuts.ts';
import type { StaticRule } from '../static-rule.ts';

export const substring: StaticRule = {
  id: 'substring',
  byDefault: true,
  examples: {
    leaks: [
      `import ("os"; "sync")

type index struct {
	mu     sync.Mutex
	titles map[string]string
}

func (ix *index) add(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	page := string(raw)
	title := page[:findEnd(page)] //want
	ix.titles[path] = title
	return nil
}`,
      `var hosts []string

func seen(line string) { hosts = append(hosts, line[:10]) } //want`,
    ],
    fine: [
      `import "strings"

var hosts []string

func seen(line string) { hosts = append(hosts, strings.Clone(line[:10])) }

func rest(line string) { hosts = append(hosts, line[1:], line[:len(line)-1]) }`,
      `import "os"

func titles(paths []string) []string {
	var found []string
	for _, path := range paths {
		raw, _ := os.ReadFile(path)
		page := string(raw)
		found = append(found, page[:12])
	}
	return found
}`,
    ],
  },
  find: (facts) => keptCuts(facts, 'string'),
};
