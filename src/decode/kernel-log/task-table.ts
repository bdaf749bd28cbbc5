// The task table of an OOM report. Its columns changed with the kernel, so they are found by the header's names:
//   [ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name                                (3.10)
//   [ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name                        (4.0 to 4.14)
//   [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name                       (4.15 to 6.8)
//   [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
// Source: mm/oom_kill.c dump_tasks, dump_task. Memory is in pages, page tables of 4.15 and later in bytes.
import type { OomTask, OomTaskTable } from '../../model/oom.ts';

/** Rows that are kept; the rest is counted and added up. */
const mostTasks = 64;

export interface TaskTableBuilder {
  /** True when the line was the table's header or a row. */
  push(text: string): boolean;
  readonly rows: () => number;
  /** `keepPid` stays, however small it is. */
  finish(keepPid: number | undefined): OomTaskTable | undefined;
}

export function createTaskTableBuilder(): TaskTableBuilder {
  let columns: readonly string[] | undefined;
  let kept: OomTask[] = [];
  let taskCount = 0;
  let rssPagesSum = 0;
  const bySize = (a: OomTask, b: OomTask): number => sizePages(b) - sizePages(a);
  // A row may be the victim's, and the victim is named after the table: what is cut is small, and the victim rarely is.
  const cut = (): void => {
    kept = kept.sort(bySize).slice(0, mostTasks);
  };
  return {
    push(text) {
      if (/^\[\s*pid\s*\]\s/.test(text)) {
        columns = text
          .replace(/^\[\s*pid\s*\]\s+/, '')
          .trim()
          .split(/\s+/);
        return columns.includes('rss') && columns.at(-1) === 'name';
      }
      if (columns === undefined) return false;
      const row = /^\[\s*(\d{1,10})\]\s+(.*)$/.exec(text);
      if (row === null) return false;
      const task = parseRow(Number(row[1]), row[2]!, columns);
      if (task === undefined) return false;
      taskCount++;
      rssPagesSum += task.rssPages;
      kept.push(task);
      if (kept.length >= mostTasks * 8) cut();
      return true;
    },
    rows: () => taskCount,
    finish(keepPid) {
      if (taskCount === 0) return undefined;
      const victim = kept.find((task) => task.pid === keepPid);
      cut();
      if (victim !== undefined && !kept.includes(victim)) kept.push(victim);
      return { tasks: kept, taskCount, rssPagesSum };
    },
  };
}

function parseRow(pid: number, text: string, columns: readonly string[]): OomTask | undefined {
  const cells = text.split(/\s+/);
  if (cells.length < columns.length) return undefined;
  const cell = (name: string): number | undefined => {
    const at = columns.indexOf(name);
    if (at < 0) return undefined;
    const value = Number(cells[at]);
    return Number.isSafeInteger(value) ? value : undefined;
  };
  const totalVmPages = cell('total_vm');
  const rssPages = cell('rss');
  if (totalVmPages === undefined || rssPages === undefined) return undefined;
  return {
    pid,
    uid: cell('uid'),
    // A name may hold spaces.
    comm: cells.slice(columns.length - 1).join(' '),
    totalVmPages,
    rssPages,
    anonPages: cell('rss_anon'),
    shmemPages: cell('rss_shmem'),
    swapPages: cell('swapents'),
    scoreAdj: cell('oom_score_adj'),
  };
}

/** What killing it would free, as the kernel weighs it, page tables left out. */
const sizePages = (task: OomTask): number => task.rssPages + (task.swapPages ?? 0);
