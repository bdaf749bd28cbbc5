// Which keys can be counted: each line is a key that a method writes into a long-lived map, in the same small program.
import { describe, expect, it } from 'vitest';
import { scanExample } from '../../../test/drawing/scan-example.ts';
import { unboundedMap } from './rules/unbounded-map.ts';

const program = (key: string, more = ''): string => `import ("fmt"; "os"; "strings")

const shards = 64

var zones = []string{"a", "b"}
var orders = []string{"a", "b"}
var host, _ = os.Hostname()

type event struct {
	zone, Tag string
	user      string
	at        place
}
type place struct{ x, y int }

type table struct{ seen map[any]bool }

func (t *table) add(n int, zone, user string, e event) {
	t.seen[${key}] = true
}

func class(n int) string {
	if n < 10 {
		return "small"
	}
	return "large"
}

func grow() { orders = append(orders, "c") }

${more}
func work(t *table) {
	for n := 0; ; n++ {
		zone := zones[n%len(zones)]
		user := fmt.Sprint("user-", n)
		t.add(n, zone, strings.ToUpper(user), event{zone: zone, Tag: "x", user: user, at: place{x: n}})
	}
}

func main() {
	t := &table{seen: map[any]bool{}}
	go work(t)
	select {}
}`;

const isHit = (text: string): boolean => scanExample(text, [unboundedMap]).hits.length > 0;

describe('keys that are one of a few', () => {
  it.each([
    'n % shards',
    'n & 0xff % 7',
    'int64(n % 8)',
    'zone',
    'strings.ToUpper(zone)',
    'e.zone',
    'zone + "/" + class(n)',
    'n > 3',
    'place{x: n % 4, y: n % 4}',
    'zones[n]',
    'host',
  ])('%s', (key) => expect(isHit(program(key))).toBe(false));
});

describe('keys that are not, or of which not all is seen', () => {
  it.each([
    ['n', 'counted on and on'],
    ['n % 1000003', 'a modulus that is no small number'],
    ['n % len(zones)', 'a modulus that is not written out'],
    ['n + shards', 'one of them is counted on'],
    ['user', 'made from a number'],
    ['e.user', 'the same through a field'],
    ['e.Tag', 'an exported field may be written by others'],
    ['e.at', 'a struct with a number'],
    ['place{x: n, y: 1}', 'the same written out'],
    ['orders[n]', 'a list that gets longer'],
    ['fmt.Sprintf("%d/%d", n % 1000, n % 999)', 'each with each is many'],
    ['os.Getenv(user)', 'not known'],
  ])('%s: %s', (key) => expect(isHit(program(key))).toBe(true));

  it.each([
    ['func other(t *table) { t.add(0, os.Args[1], "", event{}) }', 'another caller'],
    ['var add = (*table).add', 'a caller that is not seen'],
  ])('zone, with %s: %s', (more) => expect(isHit(program('zone', more))).toBe(true));

  it.each([
    ['func read() []event { return []event{{zone: os.Args[1]}} }', 'a literal without its type'],
    ['func rename(e *event) { fmt.Sscan(os.Args[1], &e.zone) }', 'its address goes elsewhere'],
    ['func rename(e *event) { e.zone += "x" }', 'made from itself'],
  ])('e.zone, with %s: %s', (more) => expect(isHit(program('e.zone', more))).toBe(true));
});
