import { parseDuration } from '@sluice/core/kernel/duration.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import type { CanaryReading } from './canary-reading.ts';
import type { CanaryWebhook, WebhookType } from './canary-spec.ts';
import { withOwnAddresses } from './flagger-names.ts';
import { DEFAULT_ERROR_LIMIT, type Question } from './questions.ts';

/** The hooks of a Canary by the moment at which they are called. */
export type AdoptedHooks = Readonly<Record<Exclude<WebhookType, 'event'>, readonly Question[]>>;

/** What Flagger takes when a hook says nothing, in ms. */
const DEFAULT_TIMEOUT_MS = 10_000;
/** A hook that is asked whether to roll back answers with an error all the time that it is not. */
const NEVER_AN_OUTAGE = 1_000_000_000;

/** What Flagger says of itself when it calls, by the type of the hook. */
const PHASES: Readonly<Record<keyof AdoptedHooks, string>> = {
  'confirm-rollout': 'Waiting',
  'pre-rollout': 'Progressing',
  rollout: 'Progressing',
  'confirm-traffic-increase': 'Progressing',
  'confirm-promotion': 'Progressing',
  'post-rollout': 'Succeeded',
  rollback: 'Progressing',
};

/** `spec.analysis.webhooks` as questions over HTTP, with Flagger’s own payload; events are not sent, and that is told. */
export function adoptWebhooks(reading: CanaryReading): AdoptedHooks {
  const webhooks = reading.spec.analysis.webhooks ?? [];
  webhooks.forEach((webhook, index) => tellOf(reading, webhook, ['spec', 'analysis', 'webhooks', index]));
  const ofType = (type: keyof AdoptedHooks): readonly Question[] =>
    webhooks
      .filter((webhook) => (webhook.type || 'rollout') === type)
      .map((webhook) => hook(reading, webhook, type));
  return {
    'confirm-rollout': ofType('confirm-rollout'),
    'pre-rollout': ofType('pre-rollout'),
    rollout: ofType('rollout'),
    'confirm-traffic-increase': ofType('confirm-traffic-increase'),
    'confirm-promotion': ofType('confirm-promotion'),
    'post-rollout': ofType('post-rollout'),
    rollback: ofType('rollback'),
  };
}

function hook(reading: CanaryReading, webhook: CanaryWebhook, type: keyof AdoptedHooks): Question {
  const { document, namespace, names } = reading;
  const metadata = Object.entries(webhook.metadata ?? {}).map(
    ([key, text]) => [key, withOwnAddresses(text, names)] as const,
  );
  return {
    name: webhook.name,
    query: {
      provider: 'web',
      url: withOwnAddresses(webhook.url, names),
      method: 'POST',
      headers: {},
      body: {
        name: document.object.metadata.name,
        namespace,
        phase: PHASES[type],
        checksum: '{{candidate-hash}}',
        ...(metadata.length > 0 ? { metadata: Object.fromEntries(metadata) } : {}),
      },
      jsonPath: null,
      insecure: webhook.disableTLS ?? false,
      timeoutMs: timeoutOf(webhook),
    },
    // A rollback hook that answers well asks for the rollback: whatever it answers is a failure of the candidate.
    condition:
      type === 'rollback' ? { language: 'cel', success: null, failure: 'true' } : { language: 'outcome' },
    errorLimit: type === 'rollback' ? NEVER_AN_OUTAGE : DEFAULT_ERROR_LIMIT,
  };
}

const timeoutOf = ({ timeout }: CanaryWebhook): number =>
  (timeout === undefined ? undefined : parseDuration(timeout)) ?? DEFAULT_TIMEOUT_MS;

function tellOf(reading: CanaryReading, webhook: CanaryWebhook, path: ManifestPath): void {
  const { notes, document, names } = reading;
  if (!/^https?:\/\/[^/]+/.test(webhook.url))
    notes.fault(document, [...path, 'url'], 'An address that begins with http:// or https:// was expected.');
  if (webhook.timeout !== undefined && parseDuration(webhook.timeout) === undefined)
    notes.fault(document, [...path, 'timeout'], 'A time such as 30s or 2m was expected.');
  if ((webhook.retries ?? 0) > 0)
    notes.differ(
      document,
      [...path, 'retries'],
      'Flagger repeats a call at once. Sluice asks again at the next interval, or after ten seconds where there was no answer at all; that counts as no failure.',
    );
  const told = OF_TYPE[webhook.type || 'rollout'];
  if (told !== undefined) notes.differ(document, path, told);
  const texts = [webhook.url, ...Object.values(webhook.metadata ?? {})];
  if (texts.some((text) => withOwnAddresses(text, names) !== text))
    notes.differ(
      document,
      path,
      `${names.apex}-canary and ${names.apex}-primary are Services that only Flagger makes. In this hook they are replaced by the Services of the candidate and of the stable revision.`,
    );
}

const OF_TYPE: Partial<Readonly<Record<WebhookType, string>>> = {
  rollout:
    'Flagger calls it before it looks at metrics, and a call that fails delays the next step. Sluice calls it once per interval beside the metrics, the first time as soon as requests arrive; a failed call counts towards the threshold and delays nothing.',
  'post-rollout':
    'Flagger calls it after a promotion and after a rollback. Sluice calls it when the candidate serves everything; after a rollback it calls nobody.',
  event: 'Sluice sends no events to hooks, so this one is never called.',
};
