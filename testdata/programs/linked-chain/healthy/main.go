// The job runner that derives each job's context from the same root.
package main

import (
	"context"
	"time"

	"example.com/zoo/internal/boot"
)

type jobKey struct{}

type job struct {
	id    int
	trace [256]byte
}

type runner struct{ root context.Context }

func (r *runner) run(id int) int {
	ctx := context.WithValue(r.root, jobKey{}, &job{id: id})
	return execute(ctx)
}

func execute(ctx context.Context) int {
	return ctx.Value(jobKey{}).(*job).id
}

func main() {
	boot.Serve()
	r := &runner{root: context.Background()}
	for n := 0; ; n++ {
		r.run(n)
		if n%4 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
