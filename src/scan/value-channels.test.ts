import { describe, expect, it } from 'vitest';
import { drawFlow as flow } from '../../test/drawing/draw-flow.ts';

describe('flowOf, through channels', () => {
  it('follows a value through a channel to where the receiver keeps it', () => {
    expect(
      flow(
        `
        type event struct{ data [64]byte }
        type hub struct{ in chan *event; log []*event }
        func (h *hub) publish() {
          h.in <- &event{} //@alloc
        }
        func (h *hub) loop() {
          for e := range h.in {
            h.log = append(h.log, e) //@retain
          }
        }
        func main() { h := &hub{in: make(chan *event)}; go h.loop(); h.publish() }
        `,
        'alloc main.(*hub).publish',
      ),
    ).toEqual(['append main.hub.log@retain']);
  });

  it('follows a value out of a channel that was handed to the sender', () => {
    expect(
      flow(
        `
        type segment struct{ payload []byte }
        func (s segment) head() []byte { return s.payload[:16] } //@cut
        type probe struct{ seen [64][]byte }
        func capture(out chan<- segment) {
          for { out <- reassemble() } //@send
        }
        func reassemble() segment {
          payload := make([]byte, 24000) //@alloc
          return segment{payload: payload}
        }
        func (p *probe) observe(s segment) {
          slot := &p.seen[3]
          *slot = s.head() //@retain
        }
        func main() {
          in := make(chan segment)
          go capture(in)
          p := new(probe)
          for {
            select {
            case s := <-in:
              p.observe(s)
            }
          }
        }
        `,
        'alloc main.reassemble',
        'send main.capture',
      ),
    ).toEqual(['field-assign slot@retain subslice@cut']);
  });

  it('blames the queue, not the goroutine that drains it', () => {
    expect(
      flow(
        `
        type jobs struct{ waiting [][]byte }
        func (j *jobs) put(b []byte) {
          j.waiting = append(j.waiting, b) //@retain
        }
        func (j *jobs) take() []byte { b := j.waiting[0]; j.waiting[0] = nil; j.waiting = j.waiting[1:]; return b }
        func newJobs() *jobs { j := &jobs{}; return j }
        func receive() []byte {
          return make([]byte, 12000) //@alloc
        }
        func main() {
          j := newJobs()
          go func() { for { j.take() } }()
          for { j.put(receive()) } //@call
        }
        `,
        'alloc main.receive',
        'call main.main',
      )[0],
    ).toBe('append main.jobs.waiting@retain nil-slot reslice-head');
  });
});
