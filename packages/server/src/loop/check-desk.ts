import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { CheckSpec } from '@sluice/core/rollout/component-spec.ts';
import type { CheckResult, CheckRunner } from '../checks/check-runner.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { Target } from '../targets/target.ts';
import { recordOutcome } from './record-outcome.ts';
import type { TrackStore } from './track-store.ts';

/** A round of checks that was ordered. */
export interface CheckOrder {
  readonly tenant: string;
  readonly track: TrackId;
  readonly key: string;
  readonly revision: RevisionRecord;
  readonly names: readonly string[];
}

/** Runs ordered checks beside the loop and records each outcome; a check that runs already is not run twice. */
export interface CheckDesk {
  start(order: CheckOrder): Promise<void>;
  /** Stops what runs; unrecorded checks are run again by whoever works on the track next. */
  stop(): Promise<void>;
}

/** What the desk works with. */
export interface CheckDeskPorts {
  readonly runner: CheckRunner;
  readonly places: { of(revision: RevisionRecord): { readonly target: Pick<Target, 'observe'> } };
  readonly store: TrackStore;
  readonly now: () => Instant;
  readonly log: Logger;
  /** Called after an outcome was recorded, so that the loop looks at once. */
  readonly recorded: () => void;
}

/** Opens the desk. */
export function checkDesk(ports: CheckDeskPorts): CheckDesk {
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  const begin = (order: CheckOrder, name: string): void => {
    const id = `${order.tenant} ${order.track} ${order.key} ${name}`;
    if (running.has(id)) return;
    const task = runOne(ports, order, name, stopping.signal)
      .catch((thrown: unknown) => report(ports, order, name, thrown))
      .finally(() => running.delete(id));
    running.set(id, task);
  };
  return {
    start: async (order) => {
      for (const name of order.names) begin(order, name);
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(running.values());
    },
  };
}

async function runOne(
  ports: CheckDeskPorts,
  order: CheckOrder,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const check = order.revision.checks.find((spec) => spec.name === name);
  const result = check
    ? await attempt(ports, order, check, signal)
    : { passed: false, message: `no check is called ${name} in this revision` };
  if (signal.aborted) return;
  const at = ports.now();
  const event = { kind: 'checkFinished', at, key: order.key, name, ...result } as const;
  await recordOutcome(ports.store, { tenant: order.tenant, track: order.track }, event, ports.now);
  ports.recorded();
}

async function attempt(
  ports: CheckDeskPorts,
  order: CheckOrder,
  check: CheckSpec,
  signal: AbortSignal,
): Promise<CheckResult> {
  let last: CheckResult = { passed: false, message: 'it was not run' };
  for (let count = 0; count < Math.max(1, check.attempts) && !last.passed && !signal.aborted; count++) {
    const revisions = await ports.places.of(order.revision).target.observe(order.track);
    const endpoints = revisions[order.revision.id]?.endpoints ?? [];
    last = await ports.runner.run(check, { revision: order.revision, endpoints }, signal);
  }
  return last;
}

function report({ log }: CheckDeskPorts, order: CheckOrder, name: string, thrown: unknown): void {
  const { message } = SluiceError.from(thrown, `check ${name} of ${order.track}`);
  log.warn({ track: order.track, check: name, reason: message }, 'a check could not be finished');
}
