import { formatCount } from '@sluice/core/analysis/explain-judgement.ts';
import { formatShare } from '@sluice/core/kernel/share.ts';
import type { QueueView } from '@sluice/protocol/http/queues.ts';
import type { Space } from './space.ts';
import { table } from './table.ts';
import { cutTo } from './text-width.ts';
import { spanWords } from './words.ts';

const TITLES = ['TRACK', 'REVISION', 'SHARE', 'WAITING', 'OLDEST', 'SCHEDULED', 'RUNNING', 'DEAD', 'WORKERS'];

/** What waits, runs and is dead, a line for each revision. */
export function queueLines(queues: readonly QueueView[], { style, columns, now }: Space): readonly string[] {
  const rows = queues.flatMap(({ track, revisions }) =>
    revisions.map((one) => [
      track,
      one.revision,
      formatShare(one.shareBasisPoints),
      formatCount(one.waiting),
      one.oldestAt === null ? '-' : spanWords(now - one.oldestAt),
      formatCount(one.scheduled),
      formatCount(one.running),
      one.dead > 0 ? style.paint('bad', formatCount(one.dead)) : '0',
      one.workers === 0 && one.waiting > 0 ? style.paint('warn', '0') : formatCount(one.workers),
    ]),
  );
  if (rows.length === 0) return ['Nothing serves tasks yet; `sluice deploy` releases a component of agents.'];
  const lines = table(
    TITLES.map((title, at) => ({ title, align: at < 2 ? ('left' as const) : ('right' as const) })),
    rows,
  );
  return lines.map((line) => cutTo(line, columns, style.symbols.more));
}
