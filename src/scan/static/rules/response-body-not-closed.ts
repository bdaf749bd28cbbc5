// `resp, err := client.Do(req)` whose body is never closed, or not on the way to some return. Responses of the package's own
// functions are not asked for: in etcd's and Prometheus's clients dozens of them come back read and closed.
import type { StaticRule } from '../static-rule.ts';
import { keptIn, whereOpen } from '../unreleased-resources.ts';

export const responseBodyNotClosed: StaticRule = {
  id: 'response-body-not-closed',
  byDefault: true,
  examples: {
    leaks: [
      `import "net/http"

func probe(url string) bool {
	resp, err := http.Get(url) //want
	if err != nil {
		return false
	}
	return resp.StatusCode == http.StatusOK
}`,
      `import (
	"encoding/json"
	"errors"
	"net/http"
)

func fetch(client *http.Client, req *http.Request, v any) error {
	resp, err := client.Do(req) //want
	if err != nil {
		return err
	}
	if resp.StatusCode != 200 {
		return errors.New(resp.Status)
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(v)
}`,
      `import (
	"io"
	"net/http"
)

func all(urls []string) {
	for _, u := range urls {
		resp, err := http.Get(u) //want
		if err != nil {
			continue
		}
		io.Copy(io.Discard, resp.Body)
	}
}`,
    ],
    fine: [
      `import (
	"io"
	"net/http"
)

func fetch(url string) ([]byte, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}`,
      `import (
	"io"
	"net/http"
)

func open(url string) (io.ReadCloser, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}`,
      `import "net/http"

func retry(c *http.Client, req *http.Request) (*http.Response, error) {
	for {
		resp, err := c.Do(req)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode < 500 {
			return resp, nil
		}
		resp.Body.Close()
	}
}`,
      `import (
	"io"
	"net/http"
)

func drain(r *http.Response) { io.Copy(io.Discard, r.Body); r.Body.Close() }
func ping(url string) {
	if resp, err := http.Get(url); err == nil {
		drain(resp)
	}
}`,
      `import (
	"io"
	"net/http"
)

func get(url string) (*http.Response, []byte, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}
func isUp(url string) bool {
	resp, _, err := get(url)
	return err == nil && resp.StatusCode == 200
}`,
    ],
  },
  find: (facts) =>
    keptIn(facts, ['response-body']).map(({ call, variable, exit }) => ({
      at: call,
      message:
        variable === '' || variable === '_'
          ? 'the response is dropped, and its body is never closed: its connection is never used again'
          : `${variable}.Body ${whereOpen(exit, 'closed')}: its connection stays open with two goroutines`,
      related:
        exit === undefined || exit.kind === 'end' ? [] : [{ at: exit.node, message: 'leaves with the body open' }],
    })),
};
