import { z } from 'zod';
import { MAX_INSTANCES } from '@sluice/core/kernel/limits.ts';
import { DEFAULTS } from '../defaults.ts';
import {
  anyText,
  choice,
  definition,
  flag,
  freeText,
  list,
  named,
  optional,
  record,
  required,
  textLeaf,
  whole,
} from '../leaf.ts';
import { urlPath } from '../names.ts';
import { bytes, cpu, duration } from '../quantities.ts';
import { containerPath, labelKey, labelValue, objectName, objectPart } from './kubernetes-forms.ts';
import { metricsLanguage } from './metrics-language.ts';
import { routersLanguage } from './router-language.ts';
import { autoscaleLanguage, limitsLanguage } from './scaling-language.ts';

const labelled = (value: z.ZodType<string>, what: string) =>
  named(labelKey(), value, `a mapping from keys of ${what} to values`);

const serviceAccount = definition(
  'service-account',
  'The service account that the pods run as. As a text: the name of one that exists.',
  z.union([
    objectName('a service account', 'web'),
    record({
      name: required(objectName('a service account', 'web'), { meaning: 'Its name.', example: 'web' }),
      create: optional(flag(), { meaning: 'Whether Sluice makes it.', default: false }),
      annotations: optional(labelled(anyText('a text'), 'annotations'), {
        meaning: 'Annotations of a service account that Sluice makes, such as the role of a cloud.',
        example: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/web' },
      }),
      token: optional(flag(), {
        meaning: 'Whether its token is mounted, for pods that speak to the API server.',
        default: false,
      }),
    }),
  ]),
);

const maxDisrupted = () =>
  z.union([
    choice('off'),
    whole(1, MAX_INSTANCES),
    textLeaf({
      expects: 'per cent from 1% to 100%, such as 25%',
      pattern: /^([1-9]|[1-9][0-9]|100)%$/,
      parse: (text) => text,
    }),
  ]);

const network = definition(
  'network',
  'A NetworkPolicy. off: everybody may reach the pods.',
  z.union([
    choice('off'),
    record(
      {
        from: optional(
          list(objectPart('a mapping in the form of a peer of a NetworkPolicy'), 'peers', {
            from: 0,
            to: 100,
          }),
          {
            meaning:
              'Who may reach the port, in the form of `spec.ingress[].from`; everybody when left away or empty.',
            example: [{ namespaceSelector: { matchLabels: { team: 'shop' } } }],
          },
        ),
        to: optional(
          list(objectPart('a mapping in the form of a rule of a NetworkPolicy'), 'rules', {
            from: 0,
            to: 100,
          }),
          {
            meaning:
              'What the pods may reach, in the form of `spec.egress`; DNS is always allowed. Left away: everything.',
            example: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
          },
        ),
      },
      { notEmpty: true },
    ),
  ]),
);

const monitor = definition(
  'monitor',
  'A ServiceMonitor for the Prometheus operator. on: with all defaults.',
  z.union([
    choice('on', 'off'),
    record(
      {
        path: optional(urlPath(), {
          meaning: 'Path that gives metrics.',
          default: DEFAULTS.kubernetes.monitor.path,
        }),
        port: optional(whole(1, 65_535), {
          meaning: 'Port that gives metrics.',
          otherwise: '`port` of the component',
          example: 9090,
        }),
        interval: optional(duration('1s', '1h'), {
          meaning: 'Time between two scrapes.',
          default: DEFAULTS.kubernetes.monitor.interval,
        }),
        labels: optional(labelled(labelValue(), 'labels'), {
          meaning: 'Labels by which the operator chooses its monitors.',
          example: { release: 'prometheus' },
        }),
      },
      { notEmpty: true },
    ),
  ]),
);

const requests = definition(
  'requests',
  'What the scheduler sets aside for one pod.',
  record({
    cpu: optional(cpu(), {
      meaning: 'Processor time, in cores.',
      otherwise: 'half of the limit, or nothing',
      example: '250m',
    }),
    memory: optional(bytes('1Mi', '1024Gi'), {
      meaning: 'Memory.',
      otherwise: 'half of the limit, or nothing',
      example: '128Mi',
    }),
  }),
);

const fileContent = definition(
  'container-file',
  'A text file of a container. As a text: the path of a file whose content it has, relative to sluice.yaml.',
  z.union([
    freeText('the path of a file'),
    record({
      text: required(anyText('a text'), { meaning: 'The content itself.', example: 'mode: fast' }),
    }),
  ]),
);

const topology = () =>
  z.union([
    choice('zone', 'node', 'region'),
    textLeaf({
      expects: 'zone, node, region, or the key of a label of nodes',
      pattern: /^[a-z0-9][-a-z0-9.]{0,252}\/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
      parse: (text) => text,
    }),
  ]);

const workloadKeys = () => ({
  requests: optional(requests, {
    meaning: 'What the scheduler sets aside for one pod; limits are in `resources`.',
    example: { cpu: '250m', memory: '128Mi' },
  }),
  liveness: optional(urlPath(), {
    meaning: 'Path that answers 2xx as long as the container must not be restarted.',
    otherwise: 'the path of health, with more patience',
    example: '/livez',
  }),
  files: optional(
    named(
      containerPath('the absolute path of a file in the container', '/etc/web/config.yaml'),
      fileContent,
      'a mapping from paths in the container to files',
    ),
    {
      meaning: 'Text files in the container by their absolute path; their content is part of the revision.',
      example: { '/etc/web/config.yaml': 'config/web.yaml' },
    },
  ),
  writable: optional(
    list(containerPath('the absolute path of a folder', '/var/cache/web'), 'folders', { from: 0, to: 50 }),
    {
      meaning: 'Folders that may be written to, empty at first, beside /tmp; the rest is read-only.',
      example: ['/var/cache/web'],
    },
  ),
  'run-as-user': optional(whole(1, 4_294_967_294), {
    meaning: 'Number of the user that the container runs as.',
    otherwise: 'that of the image, which must not be root',
    example: 10_001,
  }),
  'allow-root': optional(flag(), { meaning: 'Whether the container may run as root.', default: false }),
  'writable-root': optional(flag(), {
    meaning: 'Whether the whole file system of the container may be written to.',
    default: false,
  }),
  capabilities: optional(
    list(
      textLeaf({
        expects: 'the name of a capability, such as NET_BIND_SERVICE',
        pattern: /^[A-Z][A-Z_]{1,62}$/,
        parse: (text) => text,
      }),
      'capabilities',
      { from: 0, to: 50 },
    ),
    { meaning: 'Capabilities that are given back after all were dropped.', example: ['NET_BIND_SERVICE'] },
  ),
  'pull-policy': optional(choice('IfNotPresent', 'Always', 'Never'), {
    meaning: 'When the image is pulled.',
    default: DEFAULTS.kubernetes.pullPolicy,
  }),
  'pull-secrets': optional(
    list(objectName('a Secret', 'registry'), 'names of Secrets', { from: 0, to: 20 }),
    {
      meaning: 'Secrets of the namespace that hold passwords of registries.',
      example: ['registry'],
    },
  ),
});

const placementKeys = () => ({
  'node-selector': optional(labelled(labelValue(), 'labels'), {
    meaning: 'Labels that a node must have.',
    example: { 'kubernetes.io/arch': 'arm64' },
  }),
  tolerations: optional(
    list(objectPart('a mapping in the form of a toleration of a pod'), 'tolerations', { from: 0, to: 50 }),
    {
      meaning: 'Taints that are no matter, in the form of `spec.tolerations` of a pod.',
      example: [{ key: 'dedicated', operator: 'Equal', value: 'web', effect: 'NoSchedule' }],
    },
  ),
  'priority-class': optional(objectName('a PriorityClass', 'important'), {
    meaning: 'Priority class of the pods.',
    example: 'important',
  }),
  spread: optional(list(topology(), 'zone, node, region or keys of labels', { from: 0, to: 8 }), {
    meaning: 'Over what the pods of a revision are spread evenly, as far as possible.',
    default: DEFAULTS.kubernetes.spread,
  }),
  'runtime-class': optional(objectName('a RuntimeClass', 'gvisor'), {
    meaning: 'RuntimeClass of the pods, such as one that runs each in a sandbox of its own.',
    otherwise: 'that of the cluster',
    example: 'gvisor',
  }),
  'anti-affinity': optional(choice('none', 'preferred', 'required'), {
    meaning: 'Whether the pods of a revision keep away from nodes that have one already.',
    default: DEFAULTS.kubernetes.antiAffinity,
  }),
});

/** Keys of a component that people write into the block. */
const elsewhere = {
  keys: [
    'image',
    'command',
    'args',
    'port',
    'target',
    'instances',
    'strategy',
    'route',
    'health',
    'env',
    'secrets',
    'resources',
    'drain',
    'protocol',
    'timeout',
  ],
  remedy: 'write it in the component, beside kubernetes',
};

/** What a component says of Kubernetes. */
export const kubernetesLanguage = definition(
  'kubernetes',
  'What holds on Kubernetes only. May stand in `defaults`, environments, components, and components of environments, each laid over the ones before: its keys, and the keys below them, are replaced one by one; what is deeper, lists, and `router` are replaced as a whole.',
  record(
    {
      namespace: optional(objectName('a namespace', 'shop'), {
        meaning:
          'Namespace for targets that name none; it must exist. What an environment or a component says here is refused where their target names another one, and not passed over.',
        default: DEFAULTS.kubernetes.namespace,
        example: 'shop',
      }),
      router: optional(routersLanguage(), {
        meaning: 'Who splits the traffic: one router, or several from the edge inwards.',
        default: 'service',
        example: { 'gateway-api': { parents: 'infra/public' } },
      }),
      metrics: optional(z.union([choice('off'), metricsLanguage]), {
        meaning: 'Where evidence comes from; off: nothing is judged but health and checks.',
        default: 'off',
        example: { prometheus: 'http://prometheus.monitoring:9090' },
      }),
      autoscale: optional(autoscaleLanguage, {
        meaning: 'A HorizontalPodAutoscaler per revision; `instances` is its lower bound.',
        default: 'off',
        example: { max: 10, cpu: '70%' },
      }),
      vpa: optional(choice('none', 'off', 'initial', 'recreate'), {
        meaning: 'Mode of a VerticalPodAutoscaler; off only recommends, none makes none.',
        default: 'none',
        example: 'off',
      }),
      disruption: optional(maxDisrupted(), {
        meaning:
          'Pods of a revision that a drain of nodes may take at once; off makes no PodDisruptionBudget.',
        default: DEFAULTS.kubernetes.disruption,
        example: 1,
      }),
      network: optional(network, {
        meaning: 'Who may reach the pods, and what they may reach.',
        default: 'off',
        example: { from: [{ namespaceSelector: { matchLabels: { team: 'shop' } } }] },
      }),
      monitor: optional(monitor, {
        meaning: 'A ServiceMonitor for the Prometheus operator.',
        default: 'off',
        example: { path: '/metrics', port: 9090 },
      }),
      'service-account': optional(serviceAccount, {
        meaning: 'The service account that the pods run as.',
        otherwise: '`default` of the namespace, without a token',
        example: 'web',
      }),
      limits: optional(limitsLanguage, {
        meaning: 'A ResourceQuota and a LimitRange of the namespace; only in environments and `defaults`.',
        example: { quota: { 'requests.cpu': '20' } },
      }),
      labels: optional(labelled(labelValue(), 'labels'), {
        meaning: 'Labels of everything that is made.',
        example: { team: 'shop' },
      }),
      annotations: optional(labelled(anyText('a text'), 'annotations'), {
        meaning: 'Annotations of everything that is made.',
        example: { 'example.com/owner': 'shop@example.com' },
      }),
      ...workloadKeys(),
      ...placementKeys(),
    },
    { elsewhere },
  ),
);

/** The block as written. */
export type KubernetesInput = z.output<typeof kubernetesLanguage>;
