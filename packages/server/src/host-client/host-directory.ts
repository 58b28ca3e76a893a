import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { HostStatus } from '@sluice/protocol/host/host-schema.ts';
import type { HostView } from '@sluice/protocol/http/instances.ts';
import type { HostClient } from './host-client.ts';

/** The machines of a control plane, as people see them. */
export interface HostDirectory {
  /** One that does not answer is a value. */
  list(): Promise<readonly HostView[]>;
}

/** The one machine that a control plane has beside it. */
export const THIS_MACHINE = 'this machine';

/** Asks the host of this machine, if there is one; owns when it last answered. */
export function hostDirectory(host: Pick<HostClient, 'status'> | null, now: () => Instant): HostDirectory {
  let seenAt: Instant | null = null;
  const list = async (): Promise<readonly HostView[]> => {
    if (host === null) return [];
    try {
      const status = await host.status();
      seenAt = now();
      return [viewOf(status, seenAt)];
    } catch (thrown) {
      const { message } = SluiceError.from(thrown, 'asking the host');
      return [{ ...UNKNOWN, detail: message, seenAt }];
    }
  };
  return { list };
}

const UNKNOWN: HostView = {
  name: THIS_MACHINE,
  reachable: false,
  detail: null,
  seenAt: null,
  version: null,
  pid: null,
  startedAt: null,
  router: null,
  machine: null,
};

function viewOf(status: HostStatus, seenAt: Instant): HostView {
  const { version, pid, startedAt, routerPort, routerWorkers, machine = null } = status;
  const ready = routerWorkers.filter((worker) => worker.ready).length;
  const router = { port: routerPort, ready, starting: routerWorkers.length - ready };
  return { ...UNKNOWN, reachable: true, seenAt, version, pid, startedAt, router, machine };
}
