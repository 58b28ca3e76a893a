import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { Gauge, type Registry } from 'prom-client';
import { keptReading } from './kept-reading.ts';

/** How a revision of agents stands; what nobody knows is null. */
export interface LineFigures {
  readonly track: TrackId;
  readonly revision: RevisionId;
  readonly waiting: number;
  readonly scheduled: number;
  readonly running: number;
  /** For how long the oldest task that waits has waited, in ms; 0 when none waits. */
  readonly oldestMs: number;
  /** Workers that are connected to this server. */
  readonly workers: {
    readonly busy: number;
    readonly idle: number;
    /** Of all of them, those that get nothing for a while. */
    readonly ejected: number;
    /** Of all of them, those that get one task at a time, by which it is decided whether they get more. */
    readonly probed: number;
  };
  /** Workers that its pool wants; null without a pool. */
  readonly wantedWorkers: number | null;
  /** Part of the attempts of the last minutes that did not fail. */
  readonly completionRate: number | null;
  /** Part of the starts of processes that became ready, since this server runs. */
  readonly spawnSuccessRate: number | null;
}

/** Reads how all revisions stand that a release has ordered. */
export type FiguresReader = () => Promise<readonly LineFigures[]>;

/** Revisions that have series of their own; what is beyond has none, so that nobody's releases can fill a Prometheus. */
const MOST_LINES = 500;

interface LineGauge {
  readonly name: string;
  readonly help: string;
  readonly of: (line: LineFigures) => number | null;
}

const GAUGES: readonly LineGauge[] = [
  { name: 'agent_queue_length', help: 'Tasks that wait for a worker now.', of: ({ waiting }) => waiting },
  {
    name: 'agent_queue_depth',
    help: 'Tasks that have not ended: they wait, run, or are delayed.',
    of: ({ waiting, scheduled, running }) => waiting + scheduled + running,
  },
  {
    name: 'agent_queue_oldest_seconds',
    help: 'For how long the oldest task that waits has waited.',
    of: ({ oldestMs }) => oldestMs / 1000,
  },
  {
    name: 'agent_workers_ejected',
    help: 'Workers connected to this server that get nothing for a while, because they fail where their peers do not.',
    of: ({ workers }) => workers.ejected,
  },
  {
    name: 'agent_workers_probed',
    help: 'Workers connected to this server that were ejected and get one task at a time, until one goes well.',
    of: ({ workers }) => workers.probed,
  },
  { name: 'agent_tasks_running', help: 'Tasks that workers have.', of: ({ running }) => running },
  {
    name: 'agent_workers_wanted',
    help: 'Workers that the pool wants for the load.',
    of: ({ wantedWorkers }) => wantedWorkers,
  },
  {
    name: 'task_completion_rate',
    help: 'Part of the attempts at tasks that did not fail, over the last five minutes.',
    of: ({ completionRate }) => completionRate,
  },
  {
    name: 'agent_spawn_success_rate',
    help: 'Part of the started processes of workers that became ready, since the server started.',
    of: ({ spawnSuccessRate }) => spawnSuccessRate,
  },
];

/**
 * Makes the gauges of agents, by track and revision. They say nothing before they are given a reader, and while the store does
 * not answer.
 *
 * @returns takes the reader
 */
export function agentGauges(registry: Registry): (reader: FiguresReader) => void {
  let read: () => Promise<readonly LineFigures[]> = async () => [];
  for (const { name, help, of } of GAUGES)
    new Gauge({
      ...{ name, help, labelNames: ['track', 'revision'], registers: [registry] },
      async collect() {
        const lines = await read();
        this.reset();
        for (const line of lines) {
          const value = of(line);
          if (value !== null) this.set({ track: line.track, revision: line.revision }, value);
        }
      },
    });
  new Gauge({
    name: 'agent_workers',
    help: 'Workers that are connected to this server, by whether they have a task.',
    labelNames: ['track', 'revision', 'state'],
    registers: [registry],
    async collect() {
      const lines = await read();
      this.reset();
      for (const { track, revision, workers } of lines)
        for (const state of ['busy', 'idle'] as const) this.set({ track, revision, state }, workers[state]);
    },
  });
  return (reader) => {
    read = keptReading<readonly LineFigures[]>(async () => (await reader()).slice(0, MOST_LINES), []);
  };
}
