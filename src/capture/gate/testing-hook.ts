// What joins package testing for one gated run, through `go test -overlay`: nothing is written into anyone's
// tree. It gives each test's goroutine a pprof label, which all goroutines that it starts inherit, repeats the tests of a
// package in one process, and writes what is left after each round into the folder that LEAKLINE_GATE_DIR names.
// Without that variable it does nothing. It must compile with every Go from 1.19 on.

/** Labels of goroutines that tests start. */
export const testLabel = 'leakline.test';
export const roundLabel = 'leakline.round';

/** Imported under names of the hook's own, beside what package testing imports itself. */
export const hookImports: readonly string[] = [
  'bytes',
  'context',
  'fmt',
  'os',
  'path/filepath',
  'runtime',
  'runtime/pprof',
  'strconv',
  'strings',
  'sync',
  'time',
].map((path) => `leakline${path.replace(/^.*\//, '')} "${path}"`);

export const hookSource = `// What a gated run knows. Tests read round and label concurrently; only the main goroutine writes.
var leakline struct {
	mu          leaklinesync.Mutex
	dir         string
	events      *leaklineos.File
	rounds      uint
	grace       leaklinetime.Duration
	budget      leaklinetime.Duration
	userCount   uint
	round       int
	label       int
	depth       int
	fuzzRounds  int
	examples    int
	started     leaklinetime.Time
	goroutines  int
}

// Early, so that what packages allocate at their start is counted with the same rate.
var _ = leaklineProfileRate()

func leaklineProfileRate() bool {
	if leaklineos.Getenv("LEAKLINE_GATE_DIR") != "" {
		leaklineruntime.MemProfileRate = 4096
	}
	return true
}

func leaklineNumber(name string, otherwise int) int {
	if n, err := leaklinestrconv.Atoi(leaklineos.Getenv(name)); err == nil && n >= 0 {
		return n
	}
	return otherwise
}

func leaklineStart(importPath string, worker bool) {
	root := leaklineos.Getenv("LEAKLINE_GATE_DIR")
	if root == "" || worker || leakline.dir != "" {
		return
	}
	// Programs that a test starts are not part of the gate.
	leaklineos.Unsetenv("LEAKLINE_GATE_DIR")
	leaklineos.Setenv("GOFLAGS", leaklineos.Getenv("LEAKLINE_GATE_GOFLAGS"))
	dir := leaklinefilepath.Join(root, leaklinestrconv.Itoa(leaklineos.Getpid())+"-"+leaklinestrconv.FormatInt(leaklinetime.Now().UnixNano(), 36))
	if leaklineos.Mkdir(dir, 0o700) != nil {
		return
	}
	events, err := leaklineos.Create(leaklinefilepath.Join(dir, "events"))
	if err != nil {
		return
	}
	leakline.rounds = uint(leaklineNumber("LEAKLINE_GATE_ROUNDS", 6))
	leakline.grace = leaklinetime.Duration(leaklineNumber("LEAKLINE_GATE_GRACE_MS", 2000)) * leaklinetime.Millisecond
	leakline.budget = leaklinetime.Duration(leaklineNumber("LEAKLINE_GATE_BUDGET_MS", 60000)) * leaklinetime.Millisecond
	leakline.events = events
	leakline.dir = dir
	leakline.userCount = *count
	leakline.label = 1
	leakline.goroutines = leaklineruntime.NumGoroutine()
	leakline.started = leaklinetime.Now()
	wd, _ := leaklineos.Getwd()
	leaklineEvent("start %q %q %q %d %q", importPath, wd, leaklineruntime.Version(), leakline.userCount, *match)
	leaklineProfile("goroutine", 2, "start.txt")
}

func leaklineEvent(format string, args ...any) {
	leaklinefmt.Fprintf(leakline.events, format+"\\n", args...)
}

func leaklineProfile(name string, debug int, file string) {
	profile := leaklinepprof.Lookup(name)
	if profile == nil {
		return
	}
	f, err := leaklineos.Create(leaklinefilepath.Join(leakline.dir, file))
	if err != nil {
		return
	}
	profile.WriteTo(f, debug)
	f.Close()
}

// Goroutines that this one starts have its labels, too.
func leaklineLabel(name string) {
	if leakline.dir == "" || name == "" {
		return
	}
	leakline.mu.Lock()
	round := leakline.label
	leakline.mu.Unlock()
	leaklinepprof.SetGoroutineLabels(leaklinepprof.WithLabels(leaklinecontext.Background(), leaklinepprof.Labels(
		"${testLabel}", name, "${roundLabel}", leaklinestrconv.Itoa(round))))
}

func leaklineSetLabel(round int) {
	leakline.mu.Lock()
	leakline.label = round
	leakline.mu.Unlock()
}

// Fuzz tests run their seeds in rounds of their own.
func leaklineFuzzRound() {
	if leakline.dir != "" {
		leakline.fuzzRounds++
		leaklineSetLabel(leakline.fuzzRounds)
	}
}

// Examples are run once by go test: here as often as tests. Only the first time counts.
func leaklineExample(eg InternalExample) bool {
	if leakline.dir == "" {
		return runExample(eg)
	}
	ok := true
	for round := 1; round == 1 || round <= leakline.round && leakline.userCount == 1; round++ {
		leaklineSetLabel(round)
		leaklineLabel(eg.Name)
		again := runExample(eg)
		leaklinepprof.SetGoroutineLabels(leaklinecontext.Background())
		if round == 1 {
			ok = again
		}
		if !again {
			break
		}
		if round > leakline.examples {
			leakline.examples = round
		}
	}
	return ok
}

// Tests of test frameworks run tests of their own (testing.RunTests): those are no rounds of the package.
func leaklineNest() func() {
	leaklineDeeper(1)
	return func() { leaklineDeeper(-1) }
}

func leaklineDeeper(by int) int {
	leakline.mu.Lock()
	defer leakline.mu.Unlock()
	leakline.depth += by
	return leakline.depth
}

// How often tests run: -count of the user's, when it asks for more than once, and inside of tests.
func leaklineCount() uint {
	if leakline.dir == "" || leakline.userCount != 1 || leaklineDeeper(0) > 1 {
		return *count
	}
	return leakline.rounds
}

// After all tests ran once. A test that cannot be repeated (it registers something a second time) is no failure of the
// user's, unless it was the user who asked for more rounds.
func leaklineRound(ok, failed bool) bool {
	if leakline.dir == "" || leaklineDeeper(0) > 1 {
		return ok && !failed
	}
	leakline.mu.Lock()
	leakline.round++
	round := leakline.round
	leakline.label = round + 1
	leakline.mu.Unlock()
	ours := leakline.userCount == 1
	if failed && ours {
		leakline.rounds = 1
		if round > 1 {
			leaklineEvent("repeat-failed %d", round)
			return ok
		}
	}
	leaklineSettle()
	var stats leaklineruntime.MemStats
	leaklineruntime.ReadMemStats(&stats)
	elapsed := leaklinetime.Since(leakline.started)
	leaklineProfile("heap", 0, "heap-"+leaklinestrconv.Itoa(round)+".pb.gz")
	leaklineEvent("round %d %d %d %d %d %d %v", round, elapsed.Milliseconds(), stats.HeapAlloc, stats.HeapObjects,
		stats.StackInuse, leaklineruntime.NumGoroutine(), failed)
	if round == 1 && ours && !failed && leakline.rounds > 2 {
		most := uint(1 + leakline.budget/(elapsed+1))
		if most < 2 {
			most = 2
		}
		if *timeout > 0 && elapsed*leaklinetime.Duration(most) > *timeout/2 {
			most = uint(*timeout / 2 / (elapsed + 1))
		}
		if most < leakline.rounds {
			leakline.rounds = most
			leaklineEvent("fewer %d", most)
		}
	}
	return ok && !failed
}

// Goroutines that are about to end may hold memory: they get a moment. Finalizers and pools need two collections.
func leaklineSettle() {
	for i := 0; i < 20 && leaklineruntime.NumGoroutine() > leakline.goroutines; i++ {
		leaklinetime.Sleep(5 * leaklinetime.Millisecond)
	}
	leaklineruntime.GC()
	leaklinetime.Sleep(leaklinetime.Millisecond)
	leaklineruntime.GC()
	leaklineruntime.GC()
}

// Benchmarks choose their own number of rounds.
func leaklineTestsDone() {
	leaklineSetLabel(1)
}

func leaklineFinish() {
	if leakline.dir == "" {
		return
	}
	deadline := leaklinetime.Now().Add(leakline.grace)
	for pause := leaklinetime.Millisecond; leaklineBusy() && leaklinetime.Now().Before(deadline); pause = leaklineShorter(2*pause, 50*leaklinetime.Millisecond) {
		leaklinetime.Sleep(pause)
	}
	// Its collection marks what it finds, which the dump after it then shows.
	leaklineProfile("goroutineleak", 0, "leaked.pb.gz")
	leaklineProfile("goroutine", 0, "goroutine.pb.gz")
	leaklineProfile("goroutine", 2, "end.txt")
	leaklineEvent("finish %d %d %d", leakline.round, leakline.fuzzRounds, leakline.examples)
}

func leaklineShorter(a, b leaklinetime.Duration) leaklinetime.Duration {
	if a < b {
		return a
	}
	return b
}

// Whether a goroutine of a test is still there that is no idle connection.
func leaklineBusy() bool {
	if leaklineruntime.NumGoroutine() <= leakline.goroutines {
		return false
	}
	var text leaklinebytes.Buffer
	leaklinepprof.Lookup("goroutine").WriteTo(&text, 1)
	for _, record := range leaklinestrings.Split(text.String(), "\\n\\n") {
		if leaklinestrings.Contains(record, "${testLabel}") && !leaklinestrings.Contains(record, "net/http.(*persistConn).") {
			return true
		}
	}
	return false
}
`;
