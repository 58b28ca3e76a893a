import type { WorkerView } from '@sluice/protocol/http/queues.ts';
import type { TaskSummaryView } from '@sluice/protocol/http/tasks.ts';
import type { Space } from './space.ts';
import { aligned, table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { taskTable } from './task-lines.ts';

const HEALTH: Readonly<Record<WorkerView['health'], string>> = {
  well: 'well',
  ejected: 'ejected: it failed where its peers did not, and gets nothing for a while',
  probed: 'probed: it gets one task, and more when that goes well',
};

/** Connected workers as a table. */
export function workerLines(workers: readonly WorkerView[], { style, columns }: Space): readonly string[] {
  if (workers.length === 0) return ['No worker is connected to this server.'];
  const rows = workers.map((one) => [
    harmless(one.worker),
    one.track,
    one.revision,
    String(one.running),
    String(one.wanted),
    one.health === 'well' ? 'well' : style.paint('warn', one.health),
    [...one.capabilities, ...one.labels].map(harmless).join(', '),
  ]);
  const titles = ['WORKER', 'TRACK', 'REVISION', 'RUNNING', 'WANTED', 'HEALTH', 'CAPABILITIES'];
  const lines = table(
    titles.map((title, at) => ({
      title,
      align: at === 3 || at === 4 ? ('right' as const) : ('left' as const),
    })),
    rows,
  );
  return lines.map((line) => cutTo(line, columns, style.symbols.more));
}

/** One worker, and the tasks that it has. */
export function workerDetailLines(
  worker: WorkerView,
  tasks: readonly TaskSummaryView[],
  space: Space,
): readonly string[] {
  const { capabilities, labels, running, wanted } = worker;
  const lines = aligned(
    [{}, {}],
    [
      ['worker', harmless(worker.worker)],
      ['track', worker.track],
      ['revision', worker.revision],
      ['capabilities', capabilities.map(harmless).join(', ') || '-'],
      ...(labels.length === 0 ? [] : [['labels', labels.map(harmless).join(', ')]]),
      ['health', HEALTH[worker.health]],
      ['running', String(running)],
      ['wanted', String(wanted)],
    ],
  );
  return tasks.length === 0 ? lines : [...lines, '', ...taskTable(tasks, space)];
}
