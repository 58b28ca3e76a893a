import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import {
  type Health,
  HealthCheckResponse_ServingStatus as Status,
} from '@sluice/protocol/generated/grpc/health/v1/health_pb.js';

import { askedTogether } from '../../telemetry/health.ts';

/** What health is told from. */
export interface HealthPorts {
  /** Whether everything that the control plane needs is there; what fails, or gives no answer in two seconds, is missing. */
  readonly isReady: () => Promise<boolean>;
  /** How often is looked again for those who watch, in ms. */
  readonly watchEveryMs?: number;
}

const WATCH_EVERY_MS = 1_000;
const PATIENCE_MS = 2_000;

/** The health of the named services, all of which need the same, and of the server as a whole. */
export function healthService(
  { isReady, watchEveryMs = WATCH_EVERY_MS }: HealthPorts,
  services: readonly string[],
): ServiceImpl<typeof Health> {
  const known = new Set(['', ...services]);
  const statusNow = askedTogether(async (): Promise<Status> => {
    const late = new AbortController();
    const answers = [
      isReady().catch(() => false),
      delay(PATIENCE_MS, false, { signal: late.signal, ref: false }).catch(() => false),
    ];
    const isServing = await Promise.race(answers);
    late.abort();
    return isServing ? Status.SERVING : Status.NOT_SERVING;
  });
  return {
    check: async ({ service }) => {
      if (!known.has(service)) throw new ConnectError(`There is no service ${service}.`, Code.NotFound);
      return { status: await statusNow() };
    },
    list: async () => {
      const status = await statusNow();
      return { statuses: Object.fromEntries([...known].map((name) => [name, { status }])) };
    },
    watch: async function* watching({ service }, { signal }) {
      let last: Status | undefined;
      while (!signal.aborted) {
        const status = known.has(service) ? await statusNow() : Status.SERVICE_UNKNOWN;
        if (status !== last) yield { status };
        last = status;
        await delay(watchEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
      signal.throwIfAborted();
    },
  };
}
