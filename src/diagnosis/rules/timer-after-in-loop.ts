// time.After in a loop makes a timer each time round; before Go 1.23 it lived until it fired:
//
//   for { select { case m := <-in: handle(m); case <-time.After(time.Hour): return } }
import { candidates, type Rule } from '../rule.ts';
import { placeName } from '../sites.ts';
import { byLine, timerCandidate, timerStories, versionEvidence } from './timers.ts';

const after = /^time\.(After|NewTimer|newTimer)$/;

export const timerAfterInLoop: Rule = {
  id: 'timer-after-in-loop',
  title: 'time.After in a loop (Go before 1.23)',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'time.After or time.NewTimer is called again and again with a delay much longer than the time between calls.',
    why: 'Before Go 1.23 the runtime kept each timer and its channel until it fired. Since 1.23 an unreferenced timer is collected.',
    fix: 'Use one time.NewTimer and Reset it, or Stop it on the other branch; or build with Go 1.23+ and go 1.23 in go.mod.',
    falsePositives: 'With a short delay the number of timers settles at rate × delay.',
    sources: ['https://go.dev/wiki/Go123Timer', 'https://pkg.go.dev/time#After'],
  },
  evaluate(input) {
    const version = versionEvidence(input);
    if (version === undefined) {
      return {
        kind: 'clear',
        examined: input.heapSuspects.length,
        why: 'this Go runtime collects timers that nothing refers to',
      };
    }
    const stories = timerStories(input, after, ['timer']).filter(
      (story) => !/AfterFunc|NewTicker|time\.Tick/.test(story.text),
    );
    return candidates(
      byLine(stories).map((group) =>
        timerCandidate(group, `Timers made at ${placeName(group[0]!.frame)} live until they fire`, {
          permanence: 'temporary',
          evidence: [version],
          specificity: 4,
        }),
      ),
      input.heapSuspects.length,
      'no growing memory is allocated for timers',
    );
  },
};
