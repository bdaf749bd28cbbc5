// A poller of tide gauges that puts the state of the round into a context. Each round derives its own context from the
// one of the service, and it is gone when the round is over.
package main

import (
	"context"
	"errors"
	"time"

	"example.com/zoo/internal/boot"
)

type roundKey struct{}

type round struct {
	number int
	levels []float32
}

func roundOf(ctx context.Context) *round {
	r, _ := ctx.Value(roundKey{}).(*round)
	return r
}

type gauge interface {
	read(ctx context.Context, station int) (float32, error)
}

type simulated struct{ offset float32 }

func (s simulated) read(ctx context.Context, station int) (float32, error) {
	r := roundOf(ctx)
	if r == nil {
		return 0, errors.New("read outside of a round")
	}
	return s.offset + float32((r.number+station)%97)/10, nil
}

type poller struct {
	ctx      context.Context
	gauge    gauge
	stations int
	highest  float32
}

func (p *poller) begin(number int) context.Context {
	r := &round{number: number, levels: make([]float32, p.stations)}
	return context.WithValue(p.ctx, roundKey{}, r)
}

func (p *poller) poll(number int) error {
	ctx := p.begin(number)
	for station := range p.stations {
		if err := p.measure(ctx, station); err != nil {
			return err
		}
	}
	p.summarize(roundOf(ctx))
	return nil
}

func (p *poller) measure(ctx context.Context, station int) error {
	level, err := p.gauge.read(ctx, station)
	if err != nil {
		return err
	}
	roundOf(ctx).levels[station] = level
	return nil
}

func (p *poller) summarize(r *round) {
	for _, level := range r.levels {
		p.highest = max(p.highest, level)
	}
}

func main() {
	boot.Serve()
	p := &poller{ctx: context.Background(), gauge: simulated{offset: 2}, stations: 3000}
	for number := 0; ; number++ {
		if err := p.poll(number); err != nil {
			panic(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
