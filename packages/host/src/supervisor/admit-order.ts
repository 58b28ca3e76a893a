import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import type { RevisionOrder } from '@sluice/protocol/host/host-schema.ts';
import type { RevisionRecord } from '../disk/track-record.ts';
import { admitRun, refuseChange } from './admit-run.ts';
import type { HostResources } from './host-resources.ts';

/** Whether an order for a revision can be carried out beside what is known of the revision. */
export async function admitOrder(
  order: RevisionOrder,
  present: RevisionRecord | undefined,
  host: Pick<HostResources, 'limits' | 'environment' | 'paths' | 'sandboxes'>,
): Promise<Result<undefined>> {
  const few = admitInstances(order.instances, host);
  if (!few.ok) return few;
  const unchanged = present ? refuseChange(present.order.run, order.run) : ok(undefined);
  if (!unchanged.ok) return unchanged;
  const startsNone = present !== undefined && !present.retiring && order.instances <= present.order.instances;
  return startsNone ? ok(undefined) : admitRun(order.run, host);
}

/** Whether one host runs so many instances of a revision. */
export function admitInstances(
  instances: number,
  { limits }: Pick<HostResources, 'limits'>,
): Result<undefined> {
  if (instances <= limits.instances) return ok(undefined);
  return refuse(
    'too-many-instances',
    `The order asks for ${instances} instances; one host runs at most ${limits.instances} of a revision.`,
    'Order fewer instances.',
  );
}
