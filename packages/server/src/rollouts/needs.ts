import type { RevisionRecord } from '../targets/revision-record.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import { refusedWith, type Refused } from './problems.ts';

/** Longest wait for all needs of a release together, in milliseconds. */
const NEEDS_DEADLINE_MS = 30_000;

/** Asks whether everything that the revisions need can be reached, before anything is started. */
export async function unmetNeeds(
  { checks }: ControlPlanePorts,
  revisions: readonly RevisionRecord[],
): Promise<Refused | undefined> {
  const signal = AbortSignal.timeout(NEEDS_DEADLINE_MS);
  const asked = revisions.flatMap((revision) =>
    revision.component.needs.map(async (need) => ({
      component: revision.component.name,
      need,
      result: await checks.reach(need, revision, signal),
    })),
  );
  const unmet = (await Promise.all(asked)).filter(({ result }) => !result.passed);
  if (unmet.length === 0) return undefined;
  return refusedWith(422, 'needs-unmet', {
    title: 'Something that is needed cannot be reached',
    detail: unmet
      .map(({ component, need, result }) => `${component} needs ${need.kind}: ${result.message}`)
      .join('\n'),
    remedy: 'Bring it up or correct its address under `needs`; nothing has been started.',
  });
}
