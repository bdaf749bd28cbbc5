// A job runner that hands each job's context on to the next: every job wraps it once more with its id, so the chain of
// contexts gets longer and longer.
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

type runner struct{ ctx context.Context }

func (r *runner) run(id int) {
	r.ctx = context.WithValue(r.ctx, jobKey{}, &job{id: id}) //leak:retains
	execute(r.ctx)
}

func execute(ctx context.Context) int {
	return ctx.Value(jobKey{}).(*job).id
}

func main() {
	boot.Serve()
	r := &runner{ctx: context.Background()}
	for n := 0; ; n++ {
		r.run(n)
		if n%4 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
