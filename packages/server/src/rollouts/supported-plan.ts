import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { Plan } from '@sluice/core/rollout/plan.ts';
import type { Step } from '@sluice/core/rollout/step.ts';
import { placeKey, placeWords } from '../places/place-key.ts';
import type { RouterCapabilities } from '../routing/traffic-router.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { refusedWith, type Refused } from './problems.ts';

/**
 * Why a plan cannot share the traffic with what is stable now, or may be when its turn comes: while both are served, one
 * route and one protocol hold for both, so a release that changes them has to switch at once.
 */
export function unsharableRoute(
  plan: Plan,
  record: RevisionRecord,
  besides: readonly RevisionRecord[],
): Refused | undefined {
  const shares = plan.steps.some((step) => step.kind === 'shift');
  const other = besides.find((one) => trafficKey(one) !== trafficKey(record));
  if (!shares || other === undefined) return undefined;
  return refusedWith(422, 'route-changes', {
    title: 'Route or protocol changes',
    detail: `${record.version} of ${record.track} declares another route or protocol than ${other.version}, which is stable or goes out before it, and the strategy ${plan.strategy} would serve both at once.`,
    remedy: 'Release this change with blue-green or immutable, for example `--strategy blue-green`.',
  });
}

/**
 * Why a release cannot go out beside what is stable now, or may be when its turn comes: a line of releases is in one place,
 * where all its revisions are seen, and one set of routers moves the requests between them.
 */
export function otherPlace(record: RevisionRecord, besides: readonly RevisionRecord[]): Refused | undefined {
  const other = besides.find((one) => placeKey(one.component) !== placeKey(record.component));
  if (other === undefined) return undefined;
  const [from, to] = [placeWords(other.component), placeWords(record.component)];
  return refusedWith(422, 'place-changes', {
    title: 'A component does not move',
    detail:
      from === to
        ? `${record.version} of ${record.track} is split by other routers than ${other.version}, which is stable or goes out before it.`
        : `${record.version} of ${record.track} would run on ${to}, and ${other.version}, which is stable or goes out before it, runs on ${from}.`,
    remedy:
      'Release it under another name of a component or environment, move the callers, and take the old one away.',
  });
}

const trafficKey = ({ component }: RevisionRecord): string =>
  canonicalJson([component.route, component.request.protocol]);

/** What of a plan the router cannot do, as a refusal; a verb is never silently left out. */
export function unsupportedVerb(
  plan: Plan,
  record: RevisionRecord,
  router: RouterCapabilities,
): Refused | undefined {
  if (plan.shares === 'in-place' && record.component.strategy.kind !== 'rolling')
    return refusedWith(422, 'unsupported-in-place', {
      title: 'A workload that is changed in place has one revision at a time',
      detail: `The strategy ${plan.strategy} of ${record.track} runs two revisions beside each other, and its workload is changed in place, where each new pod takes the place of an old one.`,
      remedy:
        'Release it with `rolling`; its `hold` leaves time to judge what is new between the pods. Or leave `strategy` out, and it is released as its manifest says.',
    });
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
  if (router.shares === 'exact' && step.shareBasisPoints % router.granularityBasisPoints !== 0)
    return `shifts to ${step.shareBasisPoints / 100} % (steps of ${router.granularityBasisPoints / 100} % are possible)`;
  if (step.sticky && !router.sticky.includes(step.sticky.by)) return `keeps users by ${step.sticky.by}`;
  const conditions = step.matches.flatMap((match) => match.conditions);
  const condition = conditions.find(({ on }) => !router.matchOn.includes(on));
  return condition && `matches on ${condition.on}`;
}
