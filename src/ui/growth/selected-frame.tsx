// The frame that is selected, in words, and what can be done with it: for keys, fingers and screen readers, too.
import type { Report } from '../../report/report.ts';
import type { StackSeries } from '../../report/stack-series.ts';
import { allName, type FlameTree, smallName } from '../flame/flame-tree.ts';
import { FindingLink } from './finding-link.tsx';
import { describeFrame, placeOf, type Unit } from './growth-words.ts';

export interface SelectedFrameProps {
  readonly tree: FlameTree;
  readonly row: number;
  readonly unit: Unit;
  readonly comparing: boolean;
  readonly series: StackSeries;
  readonly findings: Report['findings'];
  readonly onFocus: (name: string) => void;
  readonly onCallers: (name: string) => void;
}

export function SelectedFrame({
  tree,
  row,
  unit,
  comparing,
  series,
  findings,
  onFocus,
  onCallers,
}: SelectedFrameProps) {
  const [name = '', ...facts] = describeFrame(tree, row, unit, comparing);
  const isFunction = name !== allName && name !== smallName;
  const frame = series.frames.function.indexOf(name);
  const place = frame < 0 ? '' : placeOf(series.frames.file[frame]!, series.frames.line[frame]!);
  return (
    <div class="selected-frame" id="flame-selected" aria-live="polite">
      <code class="selected-name">{name}</code>
      {place === '' ? undefined : <span class="faint">{place}</span>}
      <span>{facts.join(' · ')}</span>
      {isFunction ? (
        <>
          <FindingLink findings={findings} name={name} />
          <button type="button" onClick={() => onFocus(name)}>
            Only this
          </button>
          <button type="button" onClick={() => onCallers(name)}>
            Who calls it
          </button>
        </>
      ) : undefined}
    </div>
  );
}
