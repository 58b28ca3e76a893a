import { describe, expect, test } from 'vitest';
import {
  adopted,
  adoptText,
  differencesOf,
  faultsOf,
  measurementsOf,
  settingsOf,
  wordsOf,
} from './testing/adopt-text.ts';
import { ISTIO, metricText, rolloutText, serviceText, templateText } from './testing/rollout-text.ts';

const ACTIVE = serviceText('web');
const PREVIEW = serviceText('web-preview');
const blueGreen = (more: string, ...documents: readonly string[]): readonly string[] =>
  wordsOf(adopted({ blueGreen: `activeService: web\n${more}`, more: [ACTIVE, ...documents] }));

describe('blue-green, in Argo', () => {
  test('all pods, then the switch, then half a minute before the old pods go', () => {
    expect(blueGreen('')).toEqual([
      'provision 10 candidate, 10 stable',
      'switch all requests to the candidate',
      'retire the old copy after 30s',
    ]);
  });

  test('waits for a person without autoPromotionEnabled, whatever autoPromotionSeconds says', () => {
    expect(blueGreen('autoPromotionEnabled: false\nautoPromotionSeconds: 60')[1]).toBe(
      'approve "promotion of the preview"',
    );
    expect(blueGreen('autoPromotionSeconds: 60')[1]).toBe('hold 1m');
  });

  test('previewReplicaCount is the size of the preview until it is promoted', () => {
    expect(blueGreen('previewReplicaCount: 2\nautoPromotionSeconds: 60').slice(0, 4)).toEqual([
      'provision 2 candidate, 10 stable',
      'hold 1m',
      'provision 10 candidate, 10 stable',
      'switch all requests to the candidate',
    ]);
  });

  test('analyses stand before the pause and after the switch', () => {
    const template = templateText('t', [metricText()]);
    const analysis = (key: string): string => `${key}: { templates: [{ templateName: t }] }`;
    expect(
      blueGreen(
        `${analysis('prePromotionAnalysis')}\n${analysis('postPromotionAnalysis')}\nautoPromotionSeconds: 5`,
        template,
      ),
    ).toEqual([
      'provision 10 candidate, 10 stable',
      'measure errors',
      'hold 5s',
      'switch all requests to the candidate',
      'measure errors-2',
      'retire the old copy after 30s',
    ]);
  });

  test('analyses that name the preview Service ask the candidate’s own', () => {
    const asked = measurementsOf(
      adopted({
        blueGreen: `activeService: web
previewService: web-preview
prePromotionAnalysis: { templates: [{ templateName: t }], args: [{ name: host, value: web-preview.shop.svc }] }`,
        more: [
          ACTIVE,
          PREVIEW,
          templateText(
            't',
            [
              'name: page\nprovider: { web: { url: "http://{{args.host}}:80/web-preview-2" } }',
              'name: tests\nprovider: { job: { spec: { activeDeadlineSeconds: 5, template: { spec: { containers: [{ args: ["--to={{args.host}}"] }] } } } } }',
            ],
            'args: [{ name: host }]',
          ),
        ],
      }),
    );
    expect(JSON.stringify(asked[0]?.query)).toContain(
      'http://shop-production-web-{{candidate-hash}}.shop.svc:80/web-preview-2',
    );
    expect(JSON.stringify(asked[1]?.query)).toContain('--to=shop-production-web-{{candidate-hash}}.shop.svc');
  });

  test('the active Service must be among the files, because Argo wrote a hash into its selector', () => {
    expect(faultsOf({ blueGreen: 'activeService: web' })[0]).toMatch(/Service web, or one over the pods/);
    expect(settingsOf(adopted({ blueGreen: 'activeService: web', more: [ACTIVE] })).workload).toMatchObject({
      kind: 'template',
      service: { name: 'web' },
    });
  });
});

describe('an experiment', () => {
  const experiment = (more: string): readonly string[] => [
    `experiment: { templates: [{ name: base, specRef: stable }, { name: next, specRef: canary, replicas: 3, weight: 5 }], ${more} }`,
    'setWeight: 20',
  ];
  const template = templateText(
    't',
    [metricText('', 'a{h="{{args.next}}",s="{{args.set}}"}')],
    'args: [{ name: next }, { name: set }]',
  );
  const analyses =
    'analyses: [{ name: a, templateName: t, requiredForCompletion: true, args: [{ name: next, value: "{{templates.next.podTemplateHash}}" }, { name: set, value: "{{templates.base.replicaset.name}}" }] }]';

  test('gives the candidate its pods and weight for its time, measures, and takes them back', () => {
    const component = adopted({
      canary: ISTIO,
      steps: experiment(`duration: 10m, ${analyses}`),
      more: [template],
    });
    expect(wordsOf(component).slice(0, 7)).toEqual([
      'provision 3 candidate, 10 stable',
      'shift to 5%',
      'judge 10m, measuring errors',
      'shift to 0%',
      'provision 0 candidate, 10 stable',
      'provision 2 candidate, 10 stable',
      'shift to 20%',
    ]);
    expect(measurementsOf(component)[0]?.query).toMatchObject({
      query: 'a{h="{{candidate-hash}}",s="shop-production-web-{{stable-hash}}"}',
    });
    expect(differencesOf(component).join('\n')).toMatch(/starts no second copy of stable/);
  });

  test('without a duration ends with the analyses that it requires', () => {
    const steps = experiment(analyses);
    expect(wordsOf(adopted({ canary: ISTIO, steps, more: [template] }))[2]).toBe('measure errors');
  });

  test.each([
    ['duration: long', /A duration such as 30m/],
    ['dryRun: []', /never ends by itself/],
  ])('with %s is refused', (more, message) => {
    expect(faultsOf({ canary: ISTIO, steps: experiment(more) }).join('\n')).toMatch(message);
  });

  test.each<[string, string, RegExp, ...string[]]>([
    [
      'two canaries',
      '[{ name: a, specRef: canary }, { name: b, specRef: canary }]',
      /2 templates of the canary are too many/,
    ],
    ['no canary', '[{ name: a, specRef: stable }]', /0 templates of the canary are too few/],
    ['no template', '[]', /0 templates of the canary are too few/],
    [
      'two of one name',
      '[{ name: a, specRef: stable }, { name: a, specRef: canary }]',
      /templates\[1\]\.name: There is a template a already/,
    ],
    [
      'no pods',
      '[{ name: a, specRef: canary, replicas: 0 }]',
      /templates\[0\]\.replicas: .* write at least 1/,
    ],
    ['a spec of its own', '[{ name: a, specRef: other }]', /One of stable, canary was expected/],
    [
      'the whole of the traffic',
      '[{ name: a, specRef: canary, weight: 100 }]',
      /100 of 100 parts .* nothing is left for stable/,
    ],
    [
      'more than the steps before leave',
      '[{ name: a, specRef: canary, weight: 60 }]',
      /110 of 100 parts/,
      'setWeight: 50',
    ],
  ])('of %s is refused', (_, templates, message, ...before) => {
    const steps = [...before, `experiment: { duration: 1m, templates: ${templates} }`];
    expect(faultsOf({ canary: ISTIO, steps }).join('\n')).toMatch(message);
  });

  test('of several baselines is one comparison with stable, which is told', () => {
    const templates =
      '[{ name: a, specRef: stable, weight: 5 }, { name: b, specRef: stable }, { name: c, specRef: canary, weight: 5 }]';
    const component = adopted({
      canary: ISTIO,
      steps: ['setWeight: 20', `experiment: { duration: 1m, templates: ${templates} }`],
    });
    expect(wordsOf(component).slice(2, 6)).toEqual([
      'provision 3 candidate, 10 stable',
      'shift to 25%',
      'judge 1m',
      'shift to 20%',
    ]);
    expect(differencesOf(component).join('\n')).toMatch(
      /starts no second copy of stable[^]*weight of a baseline stays/,
    );
  });

  test('a weight without a router is refused, as by Argo', () => {
    expect(faultsOf({ steps: experiment('duration: 1m') })[0]).toMatch(/A weight needs trafficRouting/);
  });
});

describe('the rest of a Rollout', () => {
  test('an autoscaler of KEDA is refused where it stands, as a workload that stops growing is an outage', () => {
    const scaled = (target: string): readonly string[] =>
      faultsOf({
        steps: ['setWeight: 5'],
        more: [
          `apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: { name: web }\nspec: { scaleTargetRef: ${target} }`,
        ],
      });
    expect(scaled('{ apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: web }')).toEqual([
      expect.stringMatching(
        /^ScaledObject web: spec.scaleTargetRef: It scales Rollout web\. Sluice has no autoscaling by KEDA\./,
      ),
    ]);
    expect(scaled('{ name: web }')).toEqual([]);
  });

  test.each([
    ['{ steps: [] }', { kind: 'rolling' }],
    ['{}', { kind: 'rolling' }],
  ])('a canary of %s is a rolling update', (canary, strategy) => {
    const text = rolloutText({}).replace(/canary:[^]*/, `canary: ${canary}`);
    const adoption = adoptText(text);
    expect(adoption.ok && adoption.component.strategy).toMatchObject(strategy);
  });

  test('steps that are null, or no step at all, are refused with their place', () => {
    expect(faultsOf({ steps: ['null'] })).toEqual([
      expect.stringMatching(/steps\[0\]: A mapping was expected, not null/),
    ]);
    expect(faultsOf({ canary: 'steps: 5' })).toEqual([
      expect.stringMatching(/steps: A list was expected, not 5/),
    ]);
  });

  test('another version of the API is refused with the one that is understood', () => {
    const adoption = adoptText(rolloutText({ steps: [] }).replace('v1alpha1', 'v1beta9'));
    expect(adoption.ok ? [] : adoption.faults).toEqual([
      expect.objectContaining({
        line: 1,
        message:
          'argoproj.io/v1beta9 is not a version of Rollout that is understood; argoproj.io/v1alpha1 is.',
      }),
    ]);
  });

  test('replicas are one unless said, and none cannot be released', () => {
    const text = { steps: ['setWeight: 5'] };
    expect(adopted(text).component.instances).toBe(10);
    expect(faultsOf({ ...text, replicas: 0 })[0]).toMatch(/nothing to release at 0 replicas/);
  });

  test('the deadline is ten minutes unless said, and without progressDeadlineAbort it is told that Sluice rolls back', () => {
    const component = adopted({ steps: [] });
    expect(component.component.strategy.progressDeadlineMs).toBe(600_000);
    expect(differencesOf(component).join('\n')).toMatch(/progressDeadlineSeconds: .*Sluice rolls back/);
    const aborting = adopted({ spec: 'progressDeadlineSeconds: 60\nprogressDeadlineAbort: true', steps: [] });
    expect(aborting.component.strategy.progressDeadlineMs).toBe(60_000);
    expect(differencesOf(aborting).join('\n')).not.toMatch(/progressDeadline/);
  });

  test.each([
    'paused: true',
    'restartAt: "2026-03-30T21:19:35Z"',
    'rollbackWindow: { revisions: 3 }',
    'revisionHistoryLimit: 4',
    'analysis: { successfulRunHistoryLimit: 10 }',
  ])('%s is told', (spec) => {
    expect(differencesOf(adopted({ spec, steps: [] })).join('\n')).toContain(`spec.${spec.split(':')[0]}: `);
  });

  test.each([
    'pingPong: { pingService: a, pongService: b }',
    'canaryMetadata: { labels: { a: b } }',
    'stableMetadata: { labels: { a: b } }',
    'antiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} }',
    'abortScaleDownDelaySeconds: 0',
    'scaleDownDelayRevisionLimit: 2',
    'replicaProgressThreshold: { type: Percent, value: 90 }',
    'canaryService: web-canary',
  ])('%s is told', (canary) => {
    expect(differencesOf(adopted({ canary: `${ISTIO}\n${canary}`, steps: [] })).join('\n')).toContain(
      `strategy.canary.${canary.split(':')[0]}: `,
    );
  });

  test.each([
    [ISTIO, /keeps the new pods for 30 s/],
    [`${ISTIO}\nabortScaleDownDelaySeconds: 0`, /keeps the new pods until the next release/],
    [`${ISTIO}\ndynamicStableScale: true`, undefined],
    ['abortScaleDownDelaySeconds: 90', undefined],
  ])('how long Argo keeps the pods of an aborted canary is told where it does: %j', (canary, told) => {
    const text = differencesOf(adopted({ canary, steps: ['setWeight: 5'] })).join('\n');
    expect(text.includes('After an abort')).toBe(told !== undefined);
    if (told) expect(text).toMatch(told);
  });

  test('that another number of replicas is a new revision is told, unless an autoscaler has the number', () => {
    const scaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec: { scaleTargetRef: { apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: web }, minReplicas: 3, maxReplicas: 9 }`;
    const told = (more: readonly string[]): boolean =>
      differencesOf(adopted({ steps: [], more })).some((text) =>
        text.startsWith('Rollout web: spec.replicas: '),
      );
    expect([told([]), told([scaler])]).toEqual([true, false]);
  });

  test('a step that only Argo’s documentation has is told', () => {
    const component = adopted({ steps: ['replicaProgressThreshold: { type: Percent, value: 90 }'] });
    expect(differencesOf(component).join('\n')).toMatch(/steps\[0\]: .*documentation shows this as a step/);
  });

  test('the template of a workloadRef comes from the Deployment, which must be among the files', () => {
    const reference = (kind: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web }
spec:
  workloadRef: { apiVersion: apps/v1, kind: ${kind}, name: web }
  strategy: { canary: { steps: [{ setWeight: 20 }] } }`;
    const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { run: web } }
  template:
    metadata: { labels: { run: web } }
    spec: { containers: [{ name: web, image: "registry.example.com/web:9" }] }`;
    const found = adoptText(`${reference('Deployment')}\n---\n${deployment}`);
    expect(found.ok && settingsOf(found).workload).toMatchObject({
      selector: { run: 'web' },
      template: { spec: { containers: [{ image: 'registry.example.com/web:9' }] } },
    });
    const [missing, other] = [adoptText(reference('Deployment')), adoptText(reference('ReplicaSet'))];
    expect(missing.ok ? '' : missing.faults[0]?.message).toMatch(/Deployment web is not among the files/);
    expect(other.ok ? '' : other.faults[0]?.message).toMatch(/not of a ReplicaSet/);
  });

  test.each([
    ['spec', 'replica: 3', /did you mean `replicas`/],
    ['canary', 'stepps: []', /did you mean `steps`/],
    ['canary', 'antiAffinity: {}', /Exactly one of requiredDuring/],
  ])('a key of %s that does not exist (%s) is refused', (place, text, message) => {
    expect(faultsOf({ [place]: text, ...(place === 'spec' ? { steps: [] } : {}) }).join('\n')).toMatch(
      message,
    );
  });

  test('a step of two kinds, or of none, is refused', () => {
    expect(faultsOf({ steps: ['{ setWeight: 5, pause: {} }'] })[0]).toMatch(/there are setWeight and pause/);
    expect(faultsOf({ steps: ['{}'] })[0]).toMatch(/there is none/);
    expect(faultsOf({ steps: ['setWieght: 5'] }).join('\n')).toMatch(/did you mean `setWeight`/);
  });
});

describe('what Argo refuses is refused', () => {
  test.each<[string, Parameters<typeof faultsOf>[0], RegExp]>([
    [
      'a deadline before minReadySeconds',
      { spec: 'minReadySeconds: 60\nprogressDeadlineSeconds: 60', steps: [] },
      /60 s are over before/,
    ],
    [
      'one Service for both sides',
      { canary: `${ISTIO}\nstableService: a\ncanaryService: a`, steps: [] },
      /It is the stable Service/,
    ],
    [
      'one Service for active and preview',
      { blueGreen: 'activeService: web\npreviewService: web', more: [ACTIVE] },
      /It is the active Service/,
    ],
    [
      'ping-pong with one Service',
      { canary: `${ISTIO}\npingPong: { pingService: a, pongService: a }`, steps: [] },
      /cannot take turns/,
    ],
    [
      'no room to replace a pod',
      { canary: 'maxSurge: 0\nmaxUnavailable: 0%', steps: [] },
      /no pod could ever be replaced/,
    ],
    [
      'dynamicStableScale without a router',
      { canary: 'dynamicStableScale: true', steps: [] },
      /dynamicStableScale: It needs trafficRouting/,
    ],
    [
      'scaleDownDelaySeconds without a router',
      { canary: 'scaleDownDelaySeconds: 5', steps: [] },
      /scaleDownDelaySeconds: It needs trafficRouting/,
    ],
    [
      'scaleDownDelaySeconds with dynamicStableScale',
      { canary: `${ISTIO}\ndynamicStableScale: true\nscaleDownDelaySeconds: 5`, steps: [] },
      /no old pods are left/,
    ],
    [
      'Istio by hosts without Services',
      { canary: 'stableService: a\ntrafficRouting: { istio: { virtualService: { name: a } } }', steps: [] },
      /routes by stableService and canaryService/,
    ],
  ])('%s', (_, parts, message) => {
    expect(faultsOf(parts).join('\n')).toMatch(message);
  });
});
