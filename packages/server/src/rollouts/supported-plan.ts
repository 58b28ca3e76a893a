import type { Plan } from '@sluice/core/rollout/plan.ts';
import type { Step } from '@sluice/core/rollout/step.ts';
import type { RouterCapabilities } from '../routing/traffic-router.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { refusedWith, type Refused } from './problems.ts';

/** What of a plan the router cannot do, as a refusal; a verb is never silently left out. */
export function unsupportedVerb(
  plan: Plan,
  record: RevisionRecord,
  router: RouterCapabilities,
): Refused | undefined {
  const fault = plan.steps.map((step) => stepFault(step, router)).find((found) => found !== undefined);
  if (fault === undefined) return undefined;
  return refusedWith(422, 'unsupported-by-router', {
    title: 'The router cannot do this plan',
    detail: `The strategy ${plan.strategy} of ${record.track} ${fault}, which the router of this environment cannot do.`,
    remedy: 'Choose another strategy, or another router for the environment.',
  });
}

function stepFault(step: Step, router: RouterCapabilities): string | undefined {
  if (step.kind === 'judge' && step.winner && !router.goals) return 'counts goals';
  if (step.kind !== 'shift') return undefined;
  if (step.mirrorBasisPoints > 0 && !router.mirror) return 'mirrors requests';
  if (step.shareBasisPoints % router.granularityBasisPoints !== 0)
    return `shifts to ${step.shareBasisPoints / 100} % (steps of ${router.granularityBasisPoints / 100} % are possible)`;
  if (step.sticky && !router.sticky.includes(step.sticky.by)) return `keeps users by ${step.sticky.by}`;
  const conditions = step.matches.flatMap((match) => match.conditions);
  const condition = conditions.find(({ on }) => !router.matchOn.includes(on));
  return condition && `matches on ${condition.on}`;
}
