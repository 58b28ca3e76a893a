import { formatCount } from '@sluice/core/analysis/explain-judgement.ts';
import type { PoolView } from '@sluice/protocol/http/pools.ts';
import type { Space } from './space.ts';
import { aligned, table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { agoWords, spanWords } from './words.ts';

/** A pool, and how many of its workers are connected to the server that answers. */
export interface PoolState extends PoolView {
  readonly connected: number;
}

const TITLES = ['TRACK', 'REVISION', 'WANTED', 'CONNECTED', 'LEAVING', 'WAITING', 'RUNNING', 'WHY'];

/** Pools as a table. */
export function poolLines(pools: readonly PoolState[], space: Space): readonly string[] {
  const { style, columns } = space;
  if (pools.length === 0) return ['There is no pool; `agents.pool` in a sluice.yaml declares one.'];
  const rows = pools.map((pool) => [
    pool.track,
    pool.revision,
    pool.isAsleep ? 'asleep' : formatCount(pool.workers),
    connectedOf(pool, space),
    formatCount(pool.leaving),
    formatCount(pool.waiting),
    formatCount(pool.running),
    harmless(pool.why),
  ]);
  const lines = table(
    TITLES.map((title, at) => ({
      title,
      align: at < 2 || at === TITLES.length - 1 ? ('left' as const) : ('right' as const),
    })),
    rows,
  );
  return lines.map((line) => cutTo(line, columns, style.symbols.more));
}

/** Each of some pools in full. */
export const poolDetailLines = (pools: readonly PoolState[], space: Space): readonly string[] =>
  pools.flatMap((pool, at) => [...(at === 0 ? [] : ['']), ...detailsOf(pool, space)]);

function detailsOf(pool: PoolState, space: Space): readonly string[] {
  const { now } = space;
  const free = Math.max(0, pool.connected - pool.running);
  return aligned(
    [{}, {}],
    [
      ['track', pool.track],
      ['revision', pool.revision],
      ['wanted', pool.isAsleep ? '0: it sleeps until a task comes in' : formatCount(pool.workers)],
      ['at least', `${formatCount(pool.ordered)}, which the release has ordered`],
      ['connected', `${connectedOf(pool, space)} to the server that answers`],
      ['leaving', formatCount(pool.leaving)],
      ['waiting', waitingOf(pool, now)],
      ['running', formatCount(pool.running)],
      ['warm', free === 0 ? '0' : `at least ${formatCount(free)} without a task`],
      ['kept by', pool.on === 'machine' ? 'Sluice' : 'the autoscaler of the cluster'],
      ['why', harmless(pool.why)],
      ['decided', agoWords(pool.decidedAt, now)],
    ],
  );
}

const connectedOf = ({ connected, workers }: PoolState, { style }: Space): string =>
  connected < workers ? style.paint('warn', formatCount(connected)) : formatCount(connected);

const waitingOf = ({ waiting, oldestAt }: PoolState, now: number): string =>
  oldestAt === null
    ? formatCount(waiting)
    : `${formatCount(waiting)}, the oldest for ${spanWords(now - oldestAt)}`;
