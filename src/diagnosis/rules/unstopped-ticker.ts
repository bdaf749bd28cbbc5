// A ticker that is dropped without Stop (go101, "not stopping a time.Ticker"):
//
//   func poll() { t := time.NewTicker(time.Second); <-t.C }
//
// Before Go 1.23 the runtime kept it for ever. Since 1.23 it is collected unless something still refers to it.
import { candidates, type Rule } from '../rule.ts';
import { placeName } from '../sites.ts';
import { byLine, timerCandidate, timerStories, versionEvidence } from './timers.ts';

const ticker = /^time\.(NewTicker|Tick)$/;

export const unstoppedTicker: Rule = {
  id: 'unstopped-ticker',
  title: 'Ticker that is never stopped',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'Tickers are made again and again and never stopped.',
    why: 'Before Go 1.23 a ticker stayed in the timer heap, and kept firing, until Stop. Since 1.23 the collector frees one that nothing refers to.',
    fix: 'defer t.Stop() right after NewTicker; or build with Go 1.23+ and go 1.23 in go.mod. A goroutine that ranges over t.C needs its own end: Stop does not close the channel.',
    falsePositives: 'On Go 1.23 and later a dropped ticker is not a leak.',
    sources: ['https://go101.org/article/memory-leaking.html', 'https://go.dev/wiki/Go123Timer'],
  },
  evaluate(input) {
    const version = versionEvidence(input);
    const stories = timerStories(input, ticker, ['timer']).filter(
      (story) => story.text === '' || /Tick/.test(story.text),
    );
    if (version === undefined && stories.every((story) => story.keep?.container === undefined)) {
      return {
        kind: 'clear',
        examined: input.heapSuspects.length,
        why: 'this Go runtime collects tickers that nothing refers to',
      };
    }
    return candidates(
      byLine(stories).map((group) =>
        timerCandidate(group, `Tickers made at ${placeName(group[0]!.frame)} are never stopped`, {
          permanence: 'permanent',
          evidence: version === undefined ? [] : [version],
          specificity: 4,
        }),
      ),
      input.heapSuspects.length,
      'no growing memory is allocated for tickers',
    );
  },
};
