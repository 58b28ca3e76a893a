import { Gauge, type Registry } from 'prom-client';
import { keptReading } from './kept-reading.ts';

/** The states of an instance. */
export const INSTANCE_STATES = ['starting', 'ready', 'unready', 'backoff', 'draining', 'stopped'] as const;

/** How the host of this machine stands. */
export interface HostFigures {
  /** Workers of the router, by whether they serve. */
  readonly routerWorkers: { readonly ready: number; readonly starting: number };
  /** When the host was started, ms since 1970. */
  readonly startedAt: number;
  readonly revisions: readonly {
    readonly track: string;
    readonly revision: string;
    readonly ordered: number;
    readonly isCrashLooping: boolean;
    readonly unexpectedExits: number;
    readonly states: Readonly<Partial<Record<(typeof INSTANCE_STATES)[number], number>>>;
  }[];
}

/** Asks the host; null when it does not answer. */
export type HostReader = () => Promise<HostFigures | null>;

/** Revisions that have series of their own. */
const MOST_REVISIONS = 500;

/**
 * Makes the gauges of the host of this machine. They say nothing before they are given a reader: a control plane of
 * clusters alone has no host.
 *
 * @returns takes the reader
 */
export function hostGauges(registry: Registry): (reader: HostReader) => void {
  let read: (() => Promise<HostFigures | null>) | undefined;
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    tell: (gauge: Gauge<Label>, figures: HostFigures) => void,
  ) =>
    new Gauge({
      ...{ name, help, labelNames: [...labelNames], registers: [registry] },
      async collect() {
        const figures = await read?.();
        this.reset();
        if (labelNames.length === 0) this.remove();
        if (figures) tell(this, figures);
      },
    });
  new Gauge({
    name: 'sluice_host_up',
    help: 'Whether the host of this machine answers: 1 or 0.',
    registers: [registry],
    async collect() {
      if (read) this.set((await read()) === null ? 0 : 1);
      else this.remove();
    },
  });
  const ofRevision = ['track', 'revision'] as const;
  gauge('sluice_host_start_time_seconds', 'When the host was started, since 1970.', [], (to, { startedAt }) =>
    to.set(startedAt / 1000),
  );
  const perState = ['state'] as const;
  gauge('sluice_host_router_workers', 'Processes that route.', perState, (to, { routerWorkers }) => {
    for (const state of ['ready', 'starting'] as const) to.set({ state }, routerWorkers[state]);
  });
  gauge(
    'sluice_host_instances',
    'Instances on the host, by their state.',
    [...ofRevision, ...perState],
    (to, { revisions }) => {
      for (const { track, revision, states } of revisions.slice(0, MOST_REVISIONS))
        for (const state of INSTANCE_STATES) to.set({ track, revision, state }, states[state] ?? 0);
    },
  );
  const single = (name: string, help: string, of: (revision: HostFigures['revisions'][number]) => number) =>
    gauge(name, help, ofRevision, (to, { revisions }) => {
      for (const one of revisions.slice(0, MOST_REVISIONS))
        to.set({ track: one.track, revision: one.revision }, of(one));
    });
  single('sluice_host_instances_ordered', 'Instances that a revision is to have.', ({ ordered }) => ordered);
  single(
    'sluice_host_unexpected_exits',
    'Exits of processes that nobody ordered, of the instances that are there now.',
    ({ unexpectedExits }) => unexpectedExits,
  );
  single(
    'sluice_host_crash_looping',
    'Whether an instance crashes again and again: 1 or 0.',
    ({ isCrashLooping }) => (isCrashLooping ? 1 : 0),
  );
  return (reader) => {
    read = keptReading(reader, null);
  };
}
