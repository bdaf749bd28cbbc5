// The guilty lines: where it is allocated, kept, spawned or stuck, in their source.
import { useState } from 'preact/hooks';
import { apiPaths } from '../../api/paths.ts';
import type { SourceAnswer } from '../../api/source.ts';
import type { Report } from '../../report/report.ts';
import { type GuiltyFile, guiltyFiles } from '../guilty-files.ts';
import { Place } from '../parts/place.tsx';
import { SourceCode } from '../parts/source-code.tsx';
import { useAnswer } from '../use-answer.ts';
import type { Finding } from '../words.ts';

export function FindingSource({
  finding,
  snippets,
}: {
  readonly finding: Finding;
  readonly snippets: Report['snippets'];
}) {
  const files = guiltyFiles(finding);
  return (
    <section class="panel" aria-label="Source">
      <h2>The lines</h2>
      <ul class="plain sites">
        {finding.sites.map((site) => (
          <li key={`${site.role} ${site.file}:${site.line}`}>
            <span class={`badge role-${site.role}`}>{site.role}</span> <Place {...site} />
          </li>
        ))}
      </ul>
      {files.map((file) => (
        <File key={file.file} file={file} snippets={snippets} />
      ))}
    </section>
  );
}

const around = 6;
const more = 60;

function File({ file, snippets }: { readonly file: GuiltyFile; readonly snippets: Report['snippets'] }) {
  const [isWide, setIsWide] = useState(false);
  const first = file.lines[0]!;
  const last = file.lines.at(-1)!;
  const middle = Math.round((first + last) / 2);
  const answer = useAnswer<SourceAnswer>(apiPaths.source, {
    file: file.file,
    line: middle,
    around: Math.ceil((last - first) / 2) + (isWide ? more : around),
  });
  const marked = file.roles;
  if (answer.state === 'ready')
    return (
      <figure>
        <figcaption class="faint">
          {file.file}
          <button type="button" class="quiet" onClick={() => setIsWide(!isWide)}>
            {isWide ? 'less' : 'more lines'}
          </button>
        </figcaption>
        <SourceCode firstLine={answer.value.firstLine} lines={answer.value.lines} marked={marked} />
      </figure>
    );
  const kept = snippets.filter((snippet) => snippet.file === file.file);
  if (kept.length === 0)
    return answer.state === 'loading' ? (
      <p class="faint">{file.file}…</p>
    ) : (
      <p class="faint">
        {file.file}: {answer.message}. {answer.advice}
      </p>
    );
  return (
    <figure>
      <figcaption class="faint">{file.file}</figcaption>
      {kept.map(({ line, lines }) => (
        <SourceCode key={line} firstLine={lines[0]?.line ?? 1} lines={lines.map(({ text }) => text)} marked={marked} />
      ))}
    </figure>
  );
}
