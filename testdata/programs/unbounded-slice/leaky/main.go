// A seismic station that keeps every sample of every channel to compute a short moving average: only the last twenty are
// ever read, but nothing is thrown away.
package main

import (
	"math"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

const averageOver = 20

type series[T any] struct {
	mu     sync.Mutex
	points []T
}

func (s *series[T]) add(point T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.points = append(s.points, point) //leak:retains
}

func (s *series[T]) last(n int) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := max(0, len(s.points)-n)
	return append([]T(nil), s.points[from:]...)
}

type sample struct {
	at   time.Time
	wave []float64
}

func (s *sample) energy() (sum float64) {
	for _, v := range s.wave {
		sum += v * v
	}
	return sum
}

type station struct {
	channels map[string]*series[*sample]
}

func newStation(names ...string) *station {
	st := &station{channels: make(map[string]*series[*sample])}
	for _, name := range names {
		st.channels[name] = new(series[*sample])
	}
	return st
}

func digitize(phase float64) *sample {
	wave := make([]float64, 256) //leak:allocates
	for i := range wave {
		wave[i] = math.Sin(phase + float64(i)/40)
	}
	return &sample{at: time.Now(), wave: wave}
}

func (st *station) listen(name string) {
	for phase := 0.0; ; phase += 0.1 {
		st.channels[name].add(digitize(phase))
		time.Sleep(5 * time.Millisecond)
	}
}

func (st *station) level(name string) (average float64) {
	recent := st.channels[name].last(averageOver)
	for _, s := range recent {
		average += s.energy() / float64(len(recent))
	}
	return average
}

func main() {
	boot.Serve()
	names := []string{"north", "east", "vertical"}
	st := newStation(names...)
	for _, name := range names {
		go st.listen(name)
	}
	for range time.Tick(100 * time.Millisecond) {
		for _, name := range names {
			st.level(name)
		}
	}
}
