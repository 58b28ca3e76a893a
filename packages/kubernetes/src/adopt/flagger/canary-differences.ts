import type { CanaryReading } from './canary-reading.ts';
import { type CanaryManner, mannerOf } from './canary-strategy.ts';
import { COUNTED_TIME } from '../workloads/adopted-strategy.ts';

/** Tells where Sluice does something else than Flagger with this Canary, beside what its parts have told. */
export function tellOfCanary(reading: CanaryReading, counted: boolean): void {
  const { spec } = reading;
  const manner = mannerOf(reading);
  tellOfWorkload(reading);
  if (!spec.skipAnalysis) {
    tellOfChecks(reading);
    tellOfManner(reading, manner, counted);
  }
  tellOfWishes(reading, manner);
}

function tellOfWorkload({ notes, document, spec, names }: CanaryReading): void {
  if (!spec.autoscalerRef)
    notes.differ(
      document,
      ['spec', 'targetRef'],
      'Flagger begins no release for another number of replicas. In Sluice that is a new revision, which goes through all steps.',
    );
  notes.differ(
    document,
    ['spec', 'targetRef'],
    `Flagger copies a good version onto ${names.target}-primary and scales ${names.target} to zero. In Sluice every revision is a Deployment of its own and the candidate itself becomes stable, so there is no second copy whose start could fail. The Canary, ${names.target} and what Flagger made of it are left alone; delete them when the first release serves.`,
  );
  if (spec.service)
    notes.differ(
      document,
      ['spec', 'service'],
      `The Service ${names.apex} keeps its name and ports. ${names.apex}-primary and ${names.apex}-canary are not made: each revision has a Service of its own.`,
    );
  if (spec.autoscalerRef)
    notes.differ(
      document,
      ['spec', 'autoscalerRef'],
      'Flagger has one autoscaler for the primary and pauses the canary’s; Sluice has one per revision and never switches one off.',
    );
}

function tellOfChecks({ notes, document, spec }: CanaryReading): void {
  const { metrics = [], webhooks = [], interval } = spec.analysis;
  const counting = webhooks.filter(({ type }) => ['', 'rollout', 'pre-rollout', undefined].includes(type));
  if (metrics.length > 0)
    notes.differ(
      document,
      ['spec', 'analysis', 'metrics'],
      'A metric without a value, and a Prometheus that cannot be reached, are failed checks in Flagger, which takes the last of several values. In Sluice no value, several and no answer are no failures: the rollout holds where it is until there is one value again, and asks a person after an hour.',
    );
  if (metrics.length + counting.length > 0)
    notes.differ(
      document,
      ['spec', 'analysis', 'threshold'],
      `Flagger adds up the failed checks of all metrics and hooks and takes a release back one interval after there are ${Math.max(1, spec.analysis.threshold)}. Sluice adds them up for each metric and hook, over the whole rollout as well, and takes the release back at once.`,
    );
  if (counting.length > 0)
    notes.differ(
      document,
      ['spec', 'analysis', 'webhooks'],
      'For Flagger the answers 200, 201 and 202 are good and 204 is not, and no answer is a failed check. For Sluice every 2xx is good, and no answer is none: the rollout holds when there is none five times in a row. Hooks of one moment are called together, not one after the other.',
    );
  if (/^[0-9]s$/.test(interval))
    notes.differ(
      document,
      ['spec', 'analysis', 'interval'],
      'Ten seconds are taken, as Flagger takes them for anything shorter.',
    );
}

const MORE_CHECKS =
  ' Where that takes longer than in Flagger, metrics and hooks are asked more often, and each failed check counts towards the threshold.';

function tellOfManner(
  { notes, document, spec, provider }: CanaryReading,
  manner: CanaryManner,
  counted: boolean,
): void {
  const { analysis } = spec;
  const differ = (key: string, message: string): void =>
    notes.differ(document, ['spec', 'analysis', key], message);
  if (counted && (manner === 'weights' || manner === 'matches'))
    differ(
      'metrics',
      'Beside these checks Sluice’s judge compares the candidate with stable all the time. It may take a release back sooner, and it holds one that no request reaches.',
    );
  if (counted && (manner === 'weights' || manner === 'matches'))
    differ(
      'interval',
      `A step takes its time in requests that are counted: ${COUNTED_TIME}.${manner === 'weights' ? MORE_CHECKS : ''}`,
    );
  if (manner === 'weights' && analysis.stepWeightPromotion)
    differ(
      'stepWeightPromotion',
      'Flagger moves requests back to the primary, which runs the new version by then. In Sluice nothing moves back: by the same steps the candidate gets the rest.',
    );
  if (manner !== 'weights' && (analysis.metrics ?? []).length > 0)
    differ(
      provider === 'kubernetes' && analysis.iterations === undefined ? 'stepWeight' : 'iterations',
      'A failed check below the threshold makes Flagger add an iteration; in Sluice the number of checks stays.',
    );
  if (provider !== 'kubernetes') return;
  if (!analysis.iterations)
    differ(
      analysis.stepWeights ? 'stepWeights' : 'stepWeight',
      'Without a mesh or gateway there are no weights: as in Flagger, ten checks are made and then everything is switched.',
    );
  if ((analysis.match ?? []).length > 0)
    differ('match', 'Without a mesh or gateway requests cannot be matched: as in Flagger, this is not used.');
  if (analysis.mirror)
    differ('mirror', 'Without a mesh or gateway nothing is mirrored: as in Flagger, this is not used.');
}

function tellOfWishes({ notes, document, spec, provider }: CanaryReading, manner: CanaryManner): void {
  const { analysis } = spec;
  const differ = (path: readonly string[], message: string): void =>
    notes.differ(document, ['spec', ...path], message);
  if (spec.suspend)
    differ(['suspend'], 'Flagger does nothing as long as this is true. Sluice releases when it is asked to.');
  if (spec.revertOnDeletion)
    differ(['revertOnDeletion'], 'There is nothing to revert: Sluice does not change the Deployment.');
  if ((analysis.alerts ?? []).length > 0)
    differ(['analysis', 'alerts'], 'Sluice does not send to AlertProviders.');
  for (const key of ['primaryReadyThreshold', 'canaryReadyThreshold'] as const)
    if (analysis[key] !== undefined && analysis[key] < 100)
      differ(
        ['analysis', key],
        `Flagger goes on when ${analysis[key]} % of the pods are ready; Sluice wants as many as the share needs.`,
      );
  if (analysis.mirrorWeight && provider === 'gateway-api')
    differ(
      ['analysis', 'mirrorWeight'],
      'Flagger mirrors every request of a gateway whatever stands here; Sluice mirrors this share.',
    );
  if (analysis.sessionAffinity && manner === 'weights' && provider === 'gateway-api')
    tellOfAffinity(differ, analysis.sessionAffinity);
  else if (analysis.sessionAffinity)
    differ(
      ['analysis', 'sessionAffinity'],
      'As in Flagger, it is used only with weights and by Istio or the Gateway API.',
    );
}

function tellOfAffinity(
  differ: (path: readonly string[], message: string) => void,
  affinity: { readonly cookieName: string; readonly [attribute: string]: unknown },
): void {
  differ(
    ['analysis', 'sessionAffinity'],
    'Flagger keeps a user on the canary by a cookie, and draws lots again for everybody else. Sluice asks the gateway for session persistence by this cookie: a session stays where it was first sent, on either side, so a share grows by new sessions, and a gateway that does not offer it keeps nobody.',
  );
  const attributes = Object.keys(affinity).filter((key) => key !== 'cookieName');
  if (attributes.length > 0)
    differ(
      ['analysis', 'sessionAffinity'],
      `Not used, since the gateway makes the cookie as it does: ${attributes.join(', ')}.`,
    );
}
