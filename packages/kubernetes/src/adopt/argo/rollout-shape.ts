import {
  ANYTHING,
  FLAG,
  listOf,
  objectOf,
  oneOf,
  type Shape,
  TEXT,
  TEXTS,
  WHOLE,
  within,
} from '../workloads/shape.ts';

const COUNT = within(0, 2_147_483_647);
const AMOUNT: Shape = { kind: 'number-or-text' };
const METADATA = objectOf({ labels: TEXTS, annotations: TEXTS });
const SELECTOR = objectOf({ matchLabels: TEXTS, matchExpressions: ANYTHING });

const ANTI_AFFINITY = objectOf(
  {
    requiredDuringSchedulingIgnoredDuringExecution: objectOf({}),
    preferredDuringSchedulingIgnoredDuringExecution: objectOf(
      { weight: within(1, 100) },
      { required: ['weight'] },
    ),
  },
  {
    exactlyOne: [
      'requiredDuringSchedulingIgnoredDuringExecution',
      'preferredDuringSchedulingIgnoredDuringExecution',
    ],
  },
);

const ARGS = listOf(
  objectOf(
    {
      name: TEXT,
      value: AMOUNT,
      valueFrom: objectOf(
        {
          podTemplateHashValue: oneOf('Stable', 'Latest'),
          fieldRef: objectOf({ fieldPath: TEXT }, { required: ['fieldPath'] }),
        },
        { exactlyOne: ['podTemplateHashValue', 'fieldRef'] },
      ),
    },
    { required: ['name'] },
  ),
);
const RULES = listOf(objectOf({ metricName: TEXT }, { required: ['metricName'] }));
const RETENTION = listOf(objectOf({ metricName: TEXT, limit: WHOLE }, { required: ['metricName', 'limit'] }));
const ANALYSIS_FIELDS = {
  templates: listOf(objectOf({ templateName: TEXT, clusterScope: FLAG }, { required: ['templateName'] })),
  args: ARGS,
  dryRun: RULES,
  measurementRetention: RETENTION,
  analysisRunMetadata: METADATA,
};
const ANALYSIS = objectOf(ANALYSIS_FIELDS, { required: ['templates'] });

const MATCH = objectOf(
  { exact: TEXT, prefix: TEXT, regex: TEXT },
  { exactlyOne: ['exact', 'prefix', 'regex'] },
);

const EXPERIMENT = objectOf(
  {
    duration: TEXT,
    scaleDownDelaySeconds: COUNT,
    dryRun: RULES,
    analysisRunMetadata: METADATA,
    templates: listOf(
      objectOf(
        {
          name: TEXT,
          specRef: oneOf('stable', 'canary'),
          replicas: COUNT,
          metadata: METADATA,
          selector: SELECTOR,
          weight: COUNT,
          service: objectOf({ name: TEXT }),
        },
        { required: ['name', 'specRef'] },
      ),
    ),
    analyses: listOf(
      objectOf(
        { name: TEXT, templateName: TEXT, clusterScope: FLAG, requiredForCompletion: FLAG, args: ARGS },
        { required: ['name', 'templateName'] },
      ),
    ),
  },
  { required: ['templates'] },
);

const THRESHOLD = objectOf(
  { type: oneOf('Percent', 'Pods', 'Pod'), value: COUNT },
  { required: ['type', 'value'] },
);

/** The kinds of step that Argo has, and one that only its documentation shows. */
const STEP = objectOf(
  {
    setWeight: COUNT,
    pause: objectOf({ duration: AMOUNT }),
    setCanaryScale: objectOf({ replicas: COUNT, weight: within(0, 100), matchTrafficWeight: FLAG }),
    setHeaderRoute: objectOf({
      name: TEXT,
      match: listOf(
        objectOf({ headerName: TEXT, headerValue: MATCH }, { required: ['headerName', 'headerValue'] }),
      ),
    }),
    setMirrorRoute: objectOf(
      {
        name: TEXT,
        percentage: within(0, 100),
        match: listOf(objectOf({ method: MATCH, path: MATCH, headers: { kind: 'map', of: MATCH } })),
      },
      { required: ['name'] },
    ),
    analysis: ANALYSIS,
    experiment: EXPERIMENT,
    plugin: objectOf({ name: TEXT, config: ANYTHING }, { required: ['name'] }),
    replicaProgressThreshold: THRESHOLD,
  },
  {
    exactlyOne: [
      'setWeight',
      'pause',
      'setCanaryScale',
      'setHeaderRoute',
      'setMirrorRoute',
      'analysis',
      'experiment',
      'plugin',
      'replicaProgressThreshold',
    ],
  },
);

const VIRTUAL_SERVICE = objectOf(
  { name: TEXT, routes: listOf(TEXT), tlsRoutes: ANYTHING, tcpRoutes: ANYTHING },
  { required: ['name'] },
);

const TRAFFIC_ROUTING = objectOf({
  istio: objectOf({
    virtualService: VIRTUAL_SERVICE,
    virtualServices: listOf(VIRTUAL_SERVICE),
    destinationRule: objectOf(
      {
        name: TEXT,
        canarySubsetName: TEXT,
        stableSubsetName: TEXT,
        additionalSubsetNames: listOf(TEXT),
      },
      { required: ['name', 'canarySubsetName', 'stableSubsetName'] },
    ),
  }),
  plugins: { kind: 'map', of: ANYTHING },
  managedRoutes: listOf(objectOf({ name: TEXT }, { required: ['name'] })),
  maxTrafficWeight: within(1, 1_000_000),
  alb: ANYTHING,
  ambassador: ANYTHING,
  apisix: ANYTHING,
  appMesh: ANYTHING,
  nginx: ANYTHING,
  smi: ANYTHING,
  traefik: ANYTHING,
});

const CANARY = objectOf({
  canaryService: TEXT,
  stableService: TEXT,
  pingPong: objectOf({ pingService: TEXT, pongService: TEXT }, { required: ['pingService', 'pongService'] }),
  steps: listOf(STEP),
  trafficRouting: TRAFFIC_ROUTING,
  analysis: objectOf({ ...ANALYSIS_FIELDS, startingStep: COUNT }, { required: ['templates'] }),
  maxSurge: AMOUNT,
  maxUnavailable: AMOUNT,
  minPodsPerReplicaSet: COUNT,
  dynamicStableScale: FLAG,
  replicaProgressThreshold: THRESHOLD,
  scaleDownDelaySeconds: COUNT,
  scaleDownDelayRevisionLimit: COUNT,
  abortScaleDownDelaySeconds: COUNT,
  canaryMetadata: METADATA,
  stableMetadata: METADATA,
  antiAffinity: ANTI_AFFINITY,
});

const BLUE_GREEN = objectOf(
  {
    activeService: TEXT,
    previewService: TEXT,
    previewReplicaCount: COUNT,
    autoPromotionEnabled: FLAG,
    autoPromotionSeconds: COUNT,
    prePromotionAnalysis: ANALYSIS,
    postPromotionAnalysis: ANALYSIS,
    maxUnavailable: AMOUNT,
    scaleDownDelaySeconds: COUNT,
    scaleDownDelayRevisionLimit: COUNT,
    abortScaleDownDelaySeconds: COUNT,
    activeMetadata: METADATA,
    previewMetadata: METADATA,
    antiAffinity: ANTI_AFFINITY,
  },
  { required: ['activeService'] },
);

/** `spec` of a Rollout of `argoproj.io/v1alpha1`, as its definition in Argo Rollouts 1.9 has it. */
export const ROLLOUT_SPEC: Shape = objectOf(
  {
    replicas: COUNT,
    selector: SELECTOR,
    template: ANYTHING,
    workloadRef: objectOf(
      {
        apiVersion: TEXT,
        kind: TEXT,
        name: TEXT,
        scaleDown: oneOf('never', 'onsuccess', 'progressively'),
      },
      { required: ['apiVersion', 'kind', 'name'] },
    ),
    strategy: objectOf({ canary: CANARY, blueGreen: BLUE_GREEN }, { exactlyOne: ['canary', 'blueGreen'] }),
    minReadySeconds: COUNT,
    progressDeadlineSeconds: COUNT,
    progressDeadlineAbort: FLAG,
    revisionHistoryLimit: COUNT,
    rollbackWindow: objectOf({ revisions: COUNT }),
    paused: FLAG,
    restartAt: TEXT,
    analysis: objectOf({ successfulRunHistoryLimit: COUNT, unsuccessfulRunHistoryLimit: COUNT }),
  },
  { required: ['strategy'], exactlyOne: ['template', 'workloadRef'] },
);
