import { basename } from 'node:path';
import { revisionId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { RevisionView } from '@sluice/protocol/http/revisions.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import { notFound } from './problems.ts';

/** Says what a revision is made of: what was declared, with the places of secrets and never their values, and its source. */
export async function revisionContentView(
  { store, tenant }: Pick<ControlPlanePorts, 'store' | 'tenant'>,
  track: string,
  revision: string,
): Promise<Result<RevisionView, Problem>> {
  const record = await store.revision(tenant, trackIdFrom(track), revisionId(revision));
  if (!record)
    return notFound(`The revision ${revision} of ${track}`, 'The track lists the revisions that it knows.');
  const { component, checks, version, directory } = record;
  const source = directory === null ? {} : { source: basename(directory) };
  return ok({
    revision,
    version,
    component: { ...source, ...component, workload: withoutFolder(component), checks: [...checks] },
  });
}

/** Where the source lay is a folder of one machine, and no part of what runs. */
function withoutFolder({ workload }: ComponentSpec): object {
  if (workload.on !== 'machine') return workload;
  const { source: _folder, ...rest } = workload;
  return rest;
}
