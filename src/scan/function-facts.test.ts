import { describe, expect, it } from 'vitest';
import { drawSource } from '../../test/drawing/draw-source.ts';

/** `response-body never@get`, for the function that holds the mark `here`. */
function unreleased(body: string, more = '') {
  const drawn = drawSource(`package main
import ("context"; "database/sql"; "io"; "net"; "net/http"; "os"; "sync"; "time")
var (db *sql.DB; client *http.Client; mu sync.Mutex; parent context.Context)
func handle(ctx context.Context, c chan int) error {
${body}
  return nil //@here
}
${more}
`);
  const facts = drawn.facts.functionAround(drawn.at('here', 'main.handle'));
  return facts?.unreleased.map((item) => `${item.kind} ${item.missing}@${drawn.markOf(item.site)}`);
}

describe('unreleased resources', () => {
  it('finds a response body that is never closed, and not one that is', () => {
    expect(
      unreleased('resp, err := http.Get("u") //@get\n if err != nil { return err }\n io.ReadAll(resp.Body)'),
    ).toEqual(['response-body never@get']);
    expect(unreleased('resp, err := http.Get("u")\n if err != nil { return err }\n defer resp.Body.Close()')).toEqual(
      [],
    );
    expect(
      unreleased('resp, err := client.Do(nil)\n if err != nil { return err }\n defer func() { resp.Body.Close() }()'),
    ).toEqual([]);
  });

  it('finds the return that leaves before the body is closed', () => {
    expect(
      unreleased(`resp, err := client.Do(nil) //@get
        if err != nil { return err }
        if resp.StatusCode != 200 { return io.EOF }
        defer resp.Body.Close()`),
    ).toEqual(['response-body some-path@get']);
  });

  it('finds a registration whose undo function is dropped, whatever it is called', () => {
    const observe = 'func observe(fn func()) (stop func()) { return fn }';
    expect(unreleased('observe(nil) //@drop', observe)).toEqual(['subscription never@drop']);
    expect(unreleased('stop := observe(nil)\n defer stop()', observe)).toEqual([]);
    expect(unreleased('count()', 'func count() int { return 1 }')).toEqual([]);
  });

  it('looks into a function of the program that gets the body', () => {
    const body = 'resp, err := http.Get("u") //@get\n if err != nil { return err }\n read(resp.Body)';
    expect(unreleased(body, 'func read(r io.ReadCloser) { io.ReadAll(r) }')).toEqual(['response-body never@get']);
    expect(unreleased(body, 'func read(r io.ReadCloser) { defer r.Close(); io.ReadAll(r) }')).toEqual([]);
  });

  it('knows that rows close themselves when they are read to the end', () => {
    expect(unreleased('rows, _ := db.QueryContext(ctx, "q")\n for rows.Next() { }')).toEqual([]);
    expect(unreleased('rows, _ := db.QueryContext(ctx, "q") //@q\n if rows.Next() { }')).toEqual(['rows never@q']);
    expect(unreleased('rows, _ := db.Query("q")\n defer rows.Close()\n if rows.Next() { }')).toEqual([]);
    expect(unreleased('tx, _ := db.Begin() //@tx\n tx.Exec("x")')).toEqual(['rows never@tx']);
  });

  it('finds cancel functions that are dropped, blank, or only silenced', () => {
    expect(unreleased('c2, _ := context.WithCancel(parent) //@c\n _ = c2')).toEqual(['cancel never@c']);
    expect(unreleased('c2, cancel := context.WithTimeout(ctx, time.Second) //@c\n _ = cancel; _ = c2')).toEqual([
      'cancel never@c',
    ]);
    expect(unreleased('c2, cancel := context.WithCancel(ctx)\n defer cancel(); _ = c2')).toEqual([]);
  });

  it('leaves alone what is handed on', () => {
    expect(
      unreleased('conn, _ := net.Dial("tcp", "a")\n serve(conn)', 'func serve(c net.Conn) { defer c.Close() }'),
    ).toEqual([]);
    expect(
      unreleased('conn, _ := net.Dial("tcp", "a") //@d\n serve(conn)', 'func serve(c net.Conn) { c.Write(nil) }'),
    ).toEqual(['connection never@d']);
    expect(unreleased('f, _ := os.Open("x")\n files = append(files, f)', 'var files []*os.File')).toEqual([]);
  });

  it('finds tickers, transports per call and a lock that a return keeps', () => {
    expect(unreleased('t := time.NewTicker(time.Second) //@t\n <-t.C')).toEqual(['ticker never@t']);
    expect(unreleased('hc := &http.Client{Transport: &http.Transport{}} //@tr\n hc.CheckRedirect = nil')).toEqual([
      'http-transport never@tr',
    ]);
    expect(unreleased('mu.Lock() //@l\n if ctx == nil { return io.EOF }\n mu.Unlock()')).toEqual(['lock some-path@l']);
    expect(unreleased('mu.Lock()\n if ctx == nil { mu.Unlock(); return io.EOF }\n mu.Unlock()')).toEqual([]);
    expect(unreleased('mu.Lock()\n defer mu.Unlock()\n if ctx == nil { return io.EOF }')).toEqual([]);
  });
});

describe('function facts', () => {
  it('names closures as the compiler does and finds defers in loops', () => {
    const drawn = drawSource(`
      type srv struct{}
      func (s *srv) run() {
        go func() { //@one
          for {
            defer done() //@defer
            func() { //@two
              done()
            }()
          }
        }()
      }
      func done() {}
      func main() { (&srv{}).run() }`);
    const facts = drawn.facts.functionAround(drawn.at('defer', 'main.(*srv).run.func1'));
    expect(facts?.symbol).toBe('main.(*srv).run.func1');
    expect(facts?.defersInLoops.map(drawn.markOf)).toEqual(['defer']);
    expect(facts?.endlessLoops).toHaveLength(1);
    expect(drawn.facts.functionAround(drawn.at('two', 'main.(*srv).run.func1.1'))?.symbol).toBe(
      'main.(*srv).run.func1.1',
    );
  });

  it('finds the go statement of a method, a closure and a wrapper', () => {
    const drawn = drawSource(`
      type w struct{}
      func (x *w) loop() {
        select {} //@loop
      }
      func start() {
        x := &w{}
        go x.loop() //@spawn
        go func() { //@literal
          <-make(chan int) //@inside
        }()
      }
      func main() { start() }`);
    const spawn = (mark: string, name: string) => {
      const found = drawn.facts.spawnOf(drawn.at(mark, name));
      return found === undefined ? undefined : `${found.functionName}@${drawn.markOf(found)}`;
    };
    expect(spawn('loop', 'main.(*w).loop')).toBe('main.start@spawn');
    expect(spawn('inside', 'main.start.func1')).toBe('main.start@literal');
  });
});

describe('blockingAt', () => {
  it('finds the receiver that leaves early', () => {
    const drawn = drawSource(`
      import ("context"; "time")
      func query(ctx context.Context) int {
        out := make(chan int)
        go func() {
          out <- work() //@send
        }()
        select {
        case v := <-out: //@recv
          return v
        case <-ctx.Done(): //@exit
          return 0
        case <-time.After(1):
        }
        return 1
      }
      func work() int { return 1 }
      func main() { query(nil) }`);
    const facts = drawn.facts.blockingAt([drawn.at('send', 'main.query.func1')]);
    expect(facts).toMatchObject({ operation: 'send', capacity: '0', closed: false, subject: { name: 'out' } });
    expect(facts?.counterparts.map(drawn.markOf)).toEqual(['recv']);
    expect(facts?.earlyExits.map(drawn.markOf)).toContain('exit');
  });

  it('sees a channel that is handed in, a range over one that is never closed, and a cancellable select', () => {
    const drawn = drawSource(`
      type pool struct{ jobs chan int; quit chan struct{} }
      func worker(in <-chan int) {
        for j := range in { //@range
          _ = j
        }
      }
      func (p *pool) watch() {
        select { //@select
        case <-p.jobs:
        case <-p.quit:
        }
      }
      func main() {
        p := &pool{jobs: make(chan int, 8)}
        go worker(p.jobs)
        p.jobs <- 1 //@send
        p.watch()
      }`);
    const range = drawn.facts.blockingAt([drawn.at('range', 'main.worker')]);
    expect(range).toMatchObject({ operation: 'range', closed: false });
    expect(range?.counterparts.map(drawn.markOf)).toContain('send');
    expect(drawn.facts.blockingAt([drawn.at('select', 'main.(*pool).watch')])).toMatchObject({
      operation: 'select',
      cancellable: true,
    });
  });

  describe('a channel in a variable that nobody answers', () => {
    const unanswered = (rest: string, name = 'forgotten') => {
      const drawn = drawSource(`
        var ${name} = make(chan int)
        func report(id int) {
          ${name} <- id //@send
        }
        ${rest}`);
      return drawn.facts.blockingAt([drawn.at('send', 'main.report')])?.unanswered;
    };

    it('is one that the package only sends to', () => {
      expect(unanswered('func main() { report(1) }')).toBe(true);
      expect(unanswered('func more() { forgotten <- 2 }\nfunc main() { report(1) }')).toBe(true);
    });

    it('is not one that something receives from, later or in a select, or closes', () => {
      expect(unanswered('func main() { report(1); <-forgotten }')).toBe(false);
      expect(unanswered('func drain() { select { case v := <-forgotten: _ = v\ndefault: } }')).toBe(false);
      expect(unanswered('func drain() { for range forgotten {} }')).toBe(false);
      expect(unanswered('func end() { close(forgotten) }')).toBe(false);
    });

    it('is not one that is handed on: an argument, an alias, a pointer, a field', () => {
      expect(unanswered('func drain(in chan int) { <-in }\nfunc main() { drain(forgotten) }')).toBe(false);
      expect(unanswered('func main() { in := forgotten; <-in }')).toBe(false);
      expect(unanswered('func main() { in := &forgotten; <-*in }')).toBe(false);
      expect(unanswered('type hub struct{ in chan int }\nfunc main() { _ = hub{in: forgotten} }')).toBe(false);
    });

    it('is not one that other packages can use, or that comes from elsewhere', () => {
      expect(unanswered('func main() { report(1) }', 'Forgotten')).toBe(false);
      const drawn = drawSource(`
        var lent = open()
        func open() chan int { c := make(chan int); go func() { <-c }(); return c }
        func report(id int) {
          lent <- id //@send
        }`);
      expect(drawn.facts.blockingAt([drawn.at('send', 'main.report')])?.unanswered).toBe(false);
    });
  });
});
