import { type JsonMap, ensureMap, jsonAt, mapAt, sameJson, textAt } from '../json/json-tree.ts';
import type { KindRules } from '../server/kind-rules.ts';
import { type FieldFault, fault } from '../server/refusal.ts';
import { fill, podSpecDefaults } from './pod-defaults.ts';
import { podSpecFaults } from './pod-validation.ts';

/** Jobs and cron jobs. */
export const jobRules: Readonly<Record<string, KindRules>> = {
  'batch/Job': {
    generation: 'spec',
    defaults: (object) => jobSpecDefaults(ensureMap(object, 'spec')),
    prepareNew: ownPods,
    validate: (object, live) => [
      ...templateFaults(mapAt(object, 'spec'), 'spec'),
      ...(live === undefined ? [] : changeFaults(object, live)),
    ],
  },
  'batch/CronJob': {
    generation: 'spec',
    defaults: (object) => {
      const spec = ensureMap(object, 'spec');
      fill(spec, 'concurrencyPolicy', 'Allow');
      fill(spec, 'suspend', false);
      fill(spec, 'successfulJobsHistoryLimit', 3);
      fill(spec, 'failedJobsHistoryLimit', 1);
      podSpecDefaults(
        ensureMap(ensureMap(ensureMap(ensureMap(spec, 'jobTemplate'), 'spec'), 'template'), 'spec'),
      );
    },
    validate: (object) =>
      templateFaults(mapAt(object, 'spec', 'jobTemplate', 'spec'), 'spec.jobTemplate.spec'),
  },
};

function jobSpecDefaults(spec: JsonMap): void {
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) spec['completions'] = 1;
  fill(spec, 'parallelism', 1);
  fill(spec, 'backoffLimit', 6);
  fill(spec, 'completionMode', 'NonIndexed');
  fill(spec, 'suspend', false);
  fill(spec, 'manualSelector', false);
  fill(
    spec,
    'podReplacementPolicy',
    mapAt(spec)['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
  );
  podSpecDefaults(ensureMap(ensureMap(spec, 'template'), 'spec'));
}

/** A job knows its pods by its own uid, unless it brings a selector of its own. */
function ownPods(object: JsonMap): void {
  const spec = mapAt(object, 'spec');
  if (spec['manualSelector'] === true) return;
  const [uid, name] = [textAt(object, 'metadata', 'uid'), textAt(object, 'metadata', 'name')];
  const own = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const metadata = ensureMap(ensureMap(spec, 'template'), 'metadata');
  metadata['labels'] = { ...mapAt(metadata, 'labels'), ...own };
  spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  const top = mapAt(object, 'metadata');
  if (top['labels'] === undefined) top['labels'] = metadata['labels'];
}

function templateFaults(spec: JsonMap, path: string): FieldFault[] {
  const template = mapAt(spec, 'template');
  const policy = textAt(template, 'spec', 'restartPolicy');
  const at = `${path}.template.spec`;
  const wrong =
    policy === 'Always' ? [fault.required(`${at}.restartPolicy`, 'valid values: "OnFailure", "Never"')] : [];
  return [...podSpecFaults(mapAt(template, 'spec'), at), ...wrong];
}

function changeFaults(object: JsonMap, live: JsonMap): FieldFault[] {
  return ['selector', 'template', 'completionMode'].flatMap((key) => {
    const now = jsonAt(object, 'spec', key);
    return sameJson(now, jsonAt(live, 'spec', key))
      ? []
      : [fault.invalid(`spec.${key}`, now, 'field is immutable')];
  });
}
