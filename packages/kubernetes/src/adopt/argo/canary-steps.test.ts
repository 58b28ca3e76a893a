import { describe, expect, test } from 'vitest';
import { adopted, differencesOf, faultsOf, settingsOf, wordsOf } from './testing/adopt-text.ts';
import { ISTIO, metricText, templateText } from './testing/rollout-text.ts';

const istio = (...steps: readonly string[]): readonly string[] => wordsOf(adopted({ canary: ISTIO, steps }));
const pods = (...steps: readonly string[]): readonly string[] => wordsOf(adopted({ steps }));
const END = [
  'provision 10 candidate, 10 stable',
  'switch all requests to the candidate',
  'retire the old copy after 30s',
];

describe('with a traffic router, in Argo', () => {
  test('the canary has its weight’s part of the pods, rounded up, and stable keeps all of them', () => {
    expect(istio('setWeight: 25', 'setWeight: 50')).toEqual([
      'provision 3 candidate, 10 stable',
      'shift to 25%',
      'provision 5 candidate, 10 stable',
      'shift to 50%',
      ...END,
    ]);
  });

  test('setCanaryScale sets the pods without moving traffic, until matchTrafficWeight', () => {
    expect(
      istio(
        'setCanaryScale: { replicas: 4 }',
        'setWeight: 10',
        'setCanaryScale: { weight: 60 }',
        'setCanaryScale: { matchTrafficWeight: true }',
      ),
    ).toEqual([
      'provision 4 candidate, 10 stable',
      'shift to 10%',
      'provision 6 candidate, 10 stable',
      'provision 1 candidate, 10 stable',
      ...END,
    ]);
  });

  test('a scale below what the weight needs is allowed; Sluice starts what is missing and says so', () => {
    const component = adopted({ canary: ISTIO, steps: ['setCanaryScale: { replicas: 1 }', 'setWeight: 50'] });
    expect(wordsOf(component).slice(0, 3)).toEqual([
      'provision 1 candidate, 10 stable',
      'provision 5 candidate, 10 stable',
      'shift to 50%',
    ]);
    expect(differencesOf(component).join('\n')).toMatch(/steps\[1\]: .*fewer pods.*Sluice starts 4 more/);
  });

  test.each([
    ['{ replicas: 3, weight: 90 }', 3],
    ['{ replicas: 3, matchTrafficWeight: true }', 1],
    ['{ weight: 90, matchTrafficWeight: true }', 1],
    ['{ matchTrafficWeight: false }', 1],
    ['{}', 1],
    ['{ replicas: 40 }', 40],
  ])('setCanaryScale %s at a weight of 10 is %i pods of ten', (scale, candidates) => {
    const provisioned = istio('setWeight: 10', `setCanaryScale: ${scale}`, 'pause: {}').filter((words) =>
      words.startsWith('provision'),
    );
    expect(provisioned).toContain(`provision ${candidates} candidate, 10 stable`);
    expect(provisioned.at(-1)).toBe('provision 10 candidate, 10 stable');
    expect(provisioned).toHaveLength(candidates === 1 ? 2 : 3);
  });

  test.each([
    ['setWeight: 101', /A weight from 0 to 100 was expected, not 101/],
    ['setWeight: -1', /setWeight: A whole number from 0/],
    ['setWeight: 12.5', /setWeight: A whole number from 0/],
    ['setWeight: "20"', /setWeight: A whole number from 0 .* not `20`/],
    ['setCanaryScale: { weight: 101 }', /weight: A whole number from 0 to 100/],
    ['setCanaryScale: { replicas: -1 }', /replicas: A whole number from 0/],
    ['setMirrorRoute: { name: copies, percentage: 101 }', /percentage: A whole number from 0 to 100/],
  ])('%s is out of range', (step, message) => {
    expect(faultsOf({ canary: ISTIO, steps: [step] }).join('\n')).toMatch(message);
  });

  test('a weight may go back, and the pods go after the traffic', () => {
    expect(istio('setWeight: 50', 'pause: {}', 'setWeight: 20').slice(2)).toEqual([
      'approve "pause of step 2"',
      'shift to 20%',
      'provision 2 candidate, 10 stable',
      ...END,
    ]);
  });

  test('dynamicStableScale takes stable down after the traffic has gone, and up before it comes back', () => {
    const component = adopted({
      canary: `${ISTIO}\ndynamicStableScale: true`,
      steps: ['setWeight: 40', 'setWeight: 10'],
    });
    expect(wordsOf(component).slice(0, 6)).toEqual([
      'provision 4 candidate, 10 stable',
      'shift to 40%',
      'provision 4 candidate, 6 stable',
      'provision 4 candidate, 9 stable',
      'shift to 10%',
      'provision 1 candidate, 9 stable',
    ]);
  });

  test('minPodsPerReplicaSet counts for a side that has any pod, and never above the replicas', () => {
    const canary = `${ISTIO}\nminPodsPerReplicaSet: 4`;
    expect(wordsOf(adopted({ canary, steps: ['setWeight: 1'] }))[0]).toBe('provision 4 candidate, 10 stable');
    expect(wordsOf(adopted({ replicas: 3, canary, steps: ['setWeight: 1'] }))[0]).toBe(
      'provision 3 candidate, 3 stable',
    );
    expect(wordsOf(adopted({ canary, steps: ['setWeight: 0', 'pause: {}'] }))[0]).toBe(
      'provision 0 candidate, 10 stable',
    );
  });

  test('a weight of 100 is the whole of the traffic, and what follows is measured on it', () => {
    const component = adopted({
      canary: ISTIO,
      steps: ['setWeight: 100', 'pause: { duration: 60 }', 'analysis: { templates: [{ templateName: t }] }'],
      more: [templateText('t', [metricText()])],
    });
    expect(wordsOf(component)).toEqual([
      'provision 10 candidate, 10 stable',
      'switch all requests to the candidate',
      'hold 1m',
      'measure errors',
      'retire the old copy after 30s',
    ]);
  });

  test('a canary without steps waits for all pods and switches', () => {
    expect(istio()).toEqual(END);
  });

  test('maxTrafficWeight makes finer weights than a hundredth', () => {
    const canary = `trafficRouting: { plugins: { argoproj-labs/gatewayAPI: { httpRoute: web } }, maxTrafficWeight: 1000 }`;
    expect(wordsOf(adopted({ canary, steps: ['setWeight: 5'] })).slice(0, 2)).toEqual([
      'provision 1 candidate, 10 stable',
      'shift to 0.5%',
    ]);
    expect(faultsOf({ canary, steps: ['setWeight: 1001'] })[0]).toMatch(/from 0 to 1000 was expected/);
  });

  test('scaleDownDelaySeconds is how long the old pods are kept, 30 s unless said', () => {
    expect(wordsOf(adopted({ canary: `${ISTIO}\nscaleDownDelaySeconds: 120`, steps: [] })).at(-1)).toBe(
      'retire the old copy after 2m',
    );
  });
});

describe('a header route, in Argo', () => {
  const match =
    '[{ headerName: X-A, headerValue: { exact: "1" } }, { headerName: X-B, headerValue: { prefix: b } }]';

  test('with Istio goes to the canary when any of its headers matches', () => {
    expect(istio('setWeight: 10', `setHeaderRoute: { name: insiders, match: ${match} }`)[2]).toBe(
      'shift to 10%, and where header x-a = 1, and where header x-b starts with b',
    );
  });

  test('with the Gateway API goes to the canary when all of its headers match', () => {
    const canary = `trafficRouting: { plugins: { argoproj-labs/gatewayAPI: { httpRoute: web } }, managedRoutes: [{ name: insiders }] }`;
    const steps = ['setWeight: 10', `setHeaderRoute: { name: insiders, match: ${match} }`];
    expect(wordsOf(adopted({ canary, steps }))[2]).toBe(
      'shift to 10%, and where header x-a = 1 and header x-b starts with b',
    );
  });

  test('without a match is taken away, and so it is by the switch', () => {
    expect(
      istio(
        'setWeight: 10',
        `setHeaderRoute: { name: insiders, match: ${match} }`,
        'setHeaderRoute: { name: insiders }',
      )[3],
    ).toBe('shift to 10%');
  });

  test('to a canary without pods would fail; Sluice starts one and says so', () => {
    const component = adopted({
      canary: ISTIO,
      steps: [`setHeaderRoute: { name: insiders, match: ${match} }`],
    });
    expect(wordsOf(component)[0]).toBe('provision 1 candidate, 10 stable');
    expect(differencesOf(component).join('\n')).toMatch(/to a canary without pods; Sluice starts 1/);
  });

  test.each([
    ['setHeaderRoute: { name: other, match: [] }', /route other is not among trafficRouting.managedRoutes/],
    [
      'setHeaderRoute: { name: insiders, match: [{ headerName: a, headerValue: { regex: "a.*b" } }] }',
      /regular expression `a\.\*b`/,
    ],
    [
      'setHeaderRoute: { name: insiders, match: [{ headerName: a, headerValue: { regex: ".*beta.*" } }] }',
      /It asks for values that contain `beta`, and Sluice has no condition for what a value contains\. Write exact/,
    ],
    [
      'setHeaderRoute: { name: insiders, match: [{ headerName: a, headerValue: {} }] }',
      /Exactly one of exact, prefix, regex/,
    ],
    ['setMirrorRoute: { name: copies, match: [{ path: { prefix: /api } }] }', /cannot choose among them/],
  ])('is refused when it cannot be honoured: %s', (step, message) => {
    expect(faultsOf({ canary: ISTIO, steps: [step] }).join('\n')).toMatch(message);
  });
});

test('a mirror route copies all requests unless a percentage is given, and keeps the weights', () => {
  const mirror = (more: string): string =>
    istio('setWeight: 10', `setMirrorRoute: { name: copies, ${more} match: [{ path: { prefix: / } }] }`)[2] ??
    '';
  expect(mirror('')).toBe('mirror 100%');
  expect(mirror('percentage: 20,')).toBe('mirror 20%');
  expect(
    istio(
      'setWeight: 10',
      'setMirrorRoute: { name: copies, match: [{}] }',
      'setMirrorRoute: { name: copies }',
    )[3],
  ).toBe('shift to 10%');
});

describe('without a traffic router', () => {
  test('shares are made of pods, the candidate’s up before stable’s down', () => {
    expect(pods('setWeight: 20', 'pause: { duration: 1m }', 'setWeight: 50')).toEqual([
      'provision 2 candidate, 10 stable',
      'shift to 20%',
      'provision 2 candidate, 8 stable',
      'hold 1m',
      'provision 5 candidate, 8 stable',
      'shift to 50%',
      'provision 5 candidate, 5 stable',
      'provision 10 candidate, 5 stable',
      'switch all requests to the candidate',
      'retire the old copy',
    ]);
  });

  test('one pod has one candidate beside it', () => {
    expect(wordsOf(adopted({ replicas: 1, steps: ['setWeight: 5'] })).slice(0, 3)).toEqual([
      'provision 1 candidate, 1 stable',
      'shift to 50%',
      'provision 1 candidate, 1 stable',
    ]);
  });

  test('the share that is told is the one that the pods make, one more of them where they may surge', () => {
    const shifts = (canary: string, replicas: number, ...weights: readonly number[]): readonly string[] =>
      wordsOf(adopted({ canary, replicas, steps: weights.map((weight) => `setWeight: ${weight}`) })).filter(
        (words) => words.startsWith('shift'),
      );
    expect(shifts('maxSurge: 0', 4, 30, 60)).toEqual(['shift to 25%', 'shift to 50%']);
    expect(shifts('maxSurge: 1', 4, 30, 60)).toEqual(['shift to 25%', 'shift to 60%']);
    expect(shifts('', 10, 75)).toEqual(['shift to 72.73%']);
    expect(pods('setWeight: 75').slice(0, 3)).toEqual([
      'provision 8 candidate, 10 stable',
      'shift to 72.73%',
      'provision 8 candidate, 3 stable',
    ]);
  });

  test('where Argo would run pods of one version alone, both have some, and that is told', () => {
    const told = /without maxSurge Argo gives the new version none or all of the pods/;
    const alone = adopted({ replicas: 1, canary: 'maxSurge: 0', steps: ['setWeight: 40'] });
    expect(wordsOf(alone)[1]).toBe('shift to 50%');
    expect(differencesOf(alone).join('\n')).toMatch(told);
    const tied = adopted({ replicas: 5, canary: 'maxSurge: 0', steps: ['setWeight: 90'] });
    expect(wordsOf(tied)[1]).toBe('shift to 80%');
    expect(differencesOf(tied).join('\n')).toMatch(told);
    const shared = adopted({
      replicas: 5,
      canary: 'maxSurge: 1',
      steps: ['setWeight: 90', 'setWeight: 100'],
    });
    expect(differencesOf(shared).join('\n')).not.toMatch(told);
  });

  test('a weight of 0 starts nothing', () => {
    expect(pods('setWeight: 0', 'pause: {}')[0]).toBe('provision 0 candidate, 10 stable');
  });

  test('a canary without steps is a rolling update by maxSurge and maxUnavailable, a quarter each unless said', () => {
    expect(adopted({}).component.strategy).toMatchObject({
      kind: 'rolling',
      maxSurge: { basisPoints: 2500 },
      maxUnavailable: { basisPoints: 2500 },
    });
    expect(adopted({ canary: 'maxSurge: 3\nmaxUnavailable: 10%' }).component.strategy).toMatchObject({
      maxSurge: { instances: 3 },
      maxUnavailable: { basisPoints: 1000 },
    });
    expect(adopted({ canary: 'maxSurge: "3"' }).component.strategy).toMatchObject({
      maxSurge: { basisPoints: 300 },
    });
    expect(faultsOf({ canary: 'maxSurge: many' })[0]).toMatch(/A number of pods or a share/);
  });

  test.each([
    ['setCanaryScale: { replicas: 2 }', /needs trafficRouting/],
    ['setHeaderRoute: { name: a }', /needs a traffic router/],
    ['setMirrorRoute: { name: a }', /needs a traffic router/],
  ])('%s is refused', (step, message) => {
    expect(faultsOf({ steps: [step] })[0]).toMatch(message);
  });

  test('a weight that goes back is refused', () => {
    expect(faultsOf({ steps: ['setWeight: 50', 'setWeight: 20'] })[0]).toMatch(
      /takes the weight back from 50 to 20/,
    );
  });
});

describe('a pause, in Argo', () => {
  test.each([
    ['{}', 'approve "pause of step 2"'],
    ['{ duration: 90 }', 'hold 1m30s'],
    ['{ duration: "90" }', 'hold 1m30s'],
    ['{ duration: 1h30m }', 'hold 1h30m'],
    ['{ duration: 1.5s }', 'hold 1s'],
    ['{ duration: 0 }', 'provision 10 candidate, 5 stable'],
  ])('%s', (pause, words) => {
    expect(pods('setWeight: 50', `pause: ${pause}`)[3]).toBe(words);
  });

  test.each(['-5', 'soon', '"5 m"', '1d'])('of %s is refused', (duration) => {
    expect(faultsOf({ steps: ['setWeight: 50', `pause: { duration: ${duration} }`] })[0]).toMatch(/duration/);
  });
});

describe('background analysis', () => {
  const more = [templateText('t', [metricText('interval: 1m')])];
  const steps = ['setWeight: 20', 'pause: { duration: 60 }', 'setWeight: 40', 'pause: { duration: 60 }'];
  const fromStep = (start: string): number | undefined =>
    adopted({ canary: `${ISTIO}\nanalysis: { templates: [{ templateName: t }]${start} }`, steps, more })
      .component.strategy.analysis.measurements[0]?.fromStep;

  test('begins with the first step unless startingStep says another, counted in Argo’s steps', () => {
    expect(fromStep('')).toBe(0);
    expect(fromStep(', startingStep: 1')).toBe(2);
    expect(fromStep(', startingStep: 2')).toBe(3);
    expect(fromStep(', startingStep: 9')).toBe(6);
  });

  test('is watched in pauses: what is unclear or unanswered holds there', () => {
    const canary = `${ISTIO}\nanalysis: { templates: [{ templateName: t }], startingStep: 2 }`;
    expect(wordsOf(adopted({ canary, steps, more })).filter((words) => /hold|judge/.test(words))).toEqual([
      'hold 1m',
      'judge 1m',
    ]);
  });
});

describe('routers', () => {
  test('every VirtualService is a router of its own', () => {
    const canary = `trafficRouting:
  istio:
    virtualServices: [{ name: a, routes: [x] }, { name: b }]
    destinationRule: { name: d, canarySubsetName: next, stableSubsetName: now }`;
    expect(settingsOf(adopted({ canary, steps: [] })).routers).toMatchObject([
      { kind: 'istio', virtualService: { name: 'a', routes: ['x'] } },
      { kind: 'istio', virtualService: { name: 'b', routes: [] } },
    ]);
  });

  test('what the DestinationRule says of traffic goes on in those of the revisions, and what does not is told', () => {
    const rule = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: web }
spec:
  host: web
  trafficPolicy:
    outlierDetection: { consecutive5xxErrors: 3 }
    connectionPool: { http: { http2MaxRequests: 50 } }
  subsets:
    - { name: canary, labels: { app: web }, trafficPolicy: { connectionPool: { http: { http2MaxRequests: 5 } } } }
    - { name: stable, labels: { app: web } }
`;
    const component = adopted({ canary: ISTIO, steps: [], more: [rule] });
    expect(settingsOf(component).routers).toMatchObject([
      {
        outlierDetection: { consecutive5xxErrors: 3 },
        connectionPool: { http: { http2MaxRequests: 50 } },
        locality: null,
      },
    ]);
    const told = differencesOf(component);
    expect(told.filter((words) => /DestinationRule|policy/.test(words))).toEqual([
      'DestinationRule web: Nothing in it is changed, and nothing of it holds for the component any more: routes lead to a Service for each revision, and to no subset. Its trafficPolicy goes on in a DestinationRule for each revision.',
      'DestinationRule web: spec.subsets[0].trafficPolicy: It is left out: in Sluice a revision has the same policy as candidate and as stable, that of the whole rule.',
    ]);
    expect(differencesOf(adopted({ canary: ISTIO, steps: [] })).join('\n')).toContain(
      'add its file: each revision then gets a DestinationRule with that policy',
    );
  });

  test('Sluice’s judge watches where a mesh counts and Prometheus is known, and only there', () => {
    const watching = (canary: string, prometheus: string | null): string =>
      adopted(
        { canary, steps: ['setWeight: 5'] },
        { application: 'a', environment: 'e', cluster: 'c', namespace: 'n', prometheus },
      ).component.strategy.analysis.traffic;
    expect(watching(ISTIO, 'http://prometheus')).toBe('counted');
    expect(watching(ISTIO, null)).toBe('uncounted');
    expect(watching('', 'http://prometheus')).toBe('uncounted');
  });

  test('the address of Prometheus is taken from the metrics when nothing else says it', () => {
    const component = adopted(
      {
        canary: ISTIO,
        steps: ['setWeight: 5', 'analysis: { templates: [{ templateName: t }] }'],
        more: [templateText('t', [metricText()])],
      },
      { application: 'a', environment: 'e', cluster: 'c', namespace: 'n', prometheus: null },
    );
    expect(settingsOf(component).metrics).toMatchObject({
      address: 'http://prometheus:9090',
      source: { kind: 'istio' },
    });
    expect(differencesOf(component).join('\n')).toMatch(/Sluice’s judge watches too/);
  });

  test.each([
    'alb: {}',
    'nginx: {}',
    'smi: {}',
    'ambassador: {}',
    'appMesh: {}',
    'traefik: {}',
    'apisix: {}',
  ])('%s is refused with what to do instead', (router) => {
    expect(faultsOf({ canary: `trafficRouting: { ${router} }`, steps: [] })).toEqual([
      expect.stringMatching(/Sluice has no router .* HTTPRoute.* leave trafficRouting out/),
    ]);
  });

  test('a route of the plugin without the Services by which it finds its rules is told', () => {
    const told = (canary: string): string =>
      differencesOf(
        adopted({
          canary: `trafficRouting: { plugins: { argoproj-labs/gatewayAPI: { httpRoute: web } } }\n${canary}`,
          steps: ['setWeight: 5'],
        }),
      ).join('\n');
    expect(told('')).toMatch(
      /stops with an error without them; here stableService and canaryService are missing/,
    );
    expect(told('stableService: a')).toMatch(/here canaryService is missing/);
    expect(told('stableService: a\ncanaryService: b')).not.toMatch(/stops with an error/);
    expect(told('pingPong: { pingService: a, pongService: b }')).not.toMatch(/stops with an error/);
  });

  test.each([
    ['plugins: { example.com/x: {} }', /cannot split by example.com\/x/],
    ['plugins: { argoproj-labs/gatewayAPI: { tcpRoute: a } }', /tcpRoute is not understood/],
    ['plugins: { argoproj-labs/gatewayAPI: { httpRoute: a, namespace: other } }', /namespace shop only/],
    [
      'istio: { virtualService: { name: a, tlsRoutes: [{ port: 1 }] } }',
      /HTTP routes of a VirtualService only/,
    ],
    ['istio: {}', /No VirtualService is named/],
    ['managedRoutes: []', /It names no router/],
  ])('%s is refused', (routing, message) => {
    expect(faultsOf({ canary: `trafficRouting: { ${routing} }`, steps: [] }).join('\n')).toMatch(message);
  });
});
