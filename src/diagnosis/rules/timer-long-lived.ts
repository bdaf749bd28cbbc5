// A timer far in the future keeps its function, and what that captures, until it fires:
//
//   time.AfterFunc(2*time.Hour, func() { conn.expire() })
//
// True in every Go version: a pending AfterFunc is referenced by the runtime itself.
import { candidates, type Rule } from '../rule.ts';
import { placeName } from '../sites.ts';
import { walkedCandidates } from '../walked-candidates.ts';
import { byLine, timerCandidate, timerStories } from './timers.ts';

const afterFunc = /^time\.(AfterFunc|goFunc|newTimer$)|^context\.AfterFunc/;

export const timerLongLived: Rule = {
  id: 'timer-long-lived',
  title: 'Pending timers keep values alive',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'Timers with a long delay are started per request, and each keeps its function and what it captures.',
    why: 'The runtime holds a pending AfterFunc timer until it fires or is stopped, in every Go version.',
    fix: 'Keep the timer and Stop it when its owner ends; capture only an id, not the object; or use one timer that sweeps.',
    falsePositives:
      'With a short delay the number of pending timers settles at rate × delay; watch for longer than the delay.',
    sources: ['https://pkg.go.dev/time#AfterFunc'],
  },
  evaluate(input) {
    const stories = timerStories(input, afterFunc, ['timer-closure']).filter(
      (story) => story.keep !== undefined || story.text === '' || /AfterFunc/.test(story.text),
    );
    const found = byLine(stories).map((group) =>
      timerCandidate(group, `Pending timers started at ${placeName(group[0]!.frame)} keep what they capture`, {
        permanence: 'temporary',
        evidence: [],
        specificity: 4,
      }),
    );
    const walked = walkedCandidates(
      input,
      {
        kinds: 'pending-functions',
        permanence: 'temporary',
        specificity: 4,
        title: (_, { site }) => `Pending timers keep what is allocated at ${placeName(site.blamed)}`,
      },
      found,
    );
    return candidates([...found, ...walked], input.heapSuspects.length, 'no growing memory is held by a pending timer');
  },
};
