import { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { objectName } from './kubernetes/kubernetes-forms.ts';
import { metricsLanguage } from './kubernetes/metrics-language.ts';
import { routersLanguage } from './kubernetes/router-language.ts';
import { choice, definition, list, mayBeEmpty, optional, record, required, textLeaf } from './leaf.ts';

/** Clusters of one component beyond which nobody wrote it by hand. */
const MAX_CLUSTERS = 16;

const clusterName = () =>
  textLeaf({
    expects: 'the name of a registered cluster, context: and the name of a context, or in-cluster',
    pattern: /^(context:[^\s\0]{1,240}|[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)$/,
    parse: (text) => text,
  });

const kubernetesPlace = definition(
  'kubernetes-target',
  'A namespace of a cluster.',
  record({
    cluster: optional(clusterName(), {
      meaning:
        'The name under which the cluster is registered; context: and a name for a context of the default kubeconfig; in-cluster for the cluster in which Sluice runs.',
      default: DEFAULTS.kubernetes.cluster,
      example: 'eu',
    }),
    namespace: optional(objectName('a namespace', 'shop'), {
      meaning: 'Namespace in which everything is made; it must exist.',
      otherwise: `namespace of kubernetes, else ${DEFAULTS.kubernetes.namespace}`,
      example: 'shop',
    }),
    router: optional(routersLanguage(), {
      meaning: 'Who splits the traffic in this cluster, instead of `router` of kubernetes.',
      otherwise: '`router` of kubernetes',
      example: { 'gateway-api': { parents: 'infra/public' } },
    }),
    metrics: optional(metricsLanguage, {
      meaning: 'Where evidence of this cluster comes from; laid over `metrics` of kubernetes key by key.',
      otherwise: '`metrics` of kubernetes',
      example: { prometheus: 'http://prometheus.eu.example.com' },
    }),
  }),
);

const place = () =>
  record(
    {
      kubernetes: required(mayBeEmpty(kubernetesPlace), {
        meaning: 'A namespace of a cluster.',
        example: { cluster: 'eu', namespace: 'shop' },
      }),
    },
    { expects: 'a mapping with kubernetes' },
  );

/** Where components run: this machine, a cluster, or several clusters. */
export const targetLanguage = definition(
  'target',
  'Where components run. As a word: machine, or kubernetes for the cluster registered as `default`. A list of clusters makes one line of releases per cluster, named by the component, a dot and the cluster: web.eu and web.us.',
  z.union([
    choice('machine', 'kubernetes'),
    place(),
    list(place(), 'clusters', { from: 1, to: MAX_CLUSTERS }),
  ]),
);

/** A target as written. */
export type TargetInput = z.output<typeof targetLanguage>;
