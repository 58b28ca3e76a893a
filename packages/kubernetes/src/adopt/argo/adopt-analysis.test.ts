import type { MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import { describe, expect, test } from 'vitest';
import type { AdoptedComponent } from '../adopted-component.ts';
import { adopted, differencesOf, faultsOf, measurementsOf, SETTINGS } from './testing/adopt-text.ts';
import { metricText, type RolloutParts, templateText } from './testing/rollout-text.ts';

/** A Rollout with one analysis step of the template `t`. */
const analysed = (template: string, analysis = '', ...others: readonly string[]): RolloutParts => ({
  steps: ['setWeight: 20', `analysis: { templates: [{ templateName: t }]${analysis} }`],
  more: [template, ...others],
});
const one = (parts: RolloutParts): MeasurementSpec => {
  const [measurement] = measurementsOf(adopted(parts));
  if (!measurement) throw new TypeError('nothing is measured');
  return measurement;
};
const metric = (more: string): RolloutParts => analysed(templateText('t', [metricText(more)]));
const background = (more: string): RolloutParts => ({
  canary: 'analysis: { templates: [{ templateName: t }] }',
  steps: ['setWeight: 20'],
  more: [templateText('t', [metricText(more)])],
});

describe('the limits of a metric, in Argo', () => {
  test('one measurement, no failure, nothing unclear and four errors in a row unless said', () => {
    expect(one(metric(''))).toMatchObject({
      count: 1,
      intervalMs: 0,
      initialDelayMs: 0,
      failureLimit: 0,
      inconclusiveLimit: 0,
      consecutiveErrorLimit: 4,
      consecutiveSuccessLimit: null,
      dryRun: false,
    });
  });

  test('with an interval alone it runs as long as the steps, which only a background analysis may', () => {
    expect(one(background('interval: 30s'))).toMatchObject({ count: null, intervalMs: 30_000 });
    expect(faultsOf(metric('interval: 30s'))[0]).toMatch(/runs without end/);
  });

  test('a count of 0 is none', () => {
    expect(one(background('interval: 30s\ncount: 0')).count).toBe(null);
    expect(one(background('count: 0')).count).toBe(1);
  });

  test('-1 takes the limit of failures away when successes in a row are asked for', () => {
    expect(one(background('interval: 5s\nfailureLimit: -1\nconsecutiveSuccessLimit: 4'))).toMatchObject({
      failureLimit: null,
      consecutiveSuccessLimit: 4,
    });
  });

  test('all of them may be texts and arguments', () => {
    const template = templateText(
      't',
      [
        metricText(
          'count: "{{args.times}}"\ninterval: "{{ args.each }}"\nfailureLimit: "2"\ninitialDelay: 1m30s',
        ),
      ],
      'args: [{ name: times, value: 6 }, { name: each }]',
    );
    expect(one(analysed(template, ', args: [{ name: each, value: 10s }]'))).toMatchObject({
      count: 6,
      intervalMs: 10_000,
      failureLimit: 2,
      initialDelayMs: 90_000,
    });
  });

  test.each([
    ['failureLimit: -1', /nothing could ever come of it/],
    ['failureLimit: -2', /from -1 up/],
    ['consecutiveSuccessLimit: -1', /from 0 up/],
    ['count: 3', /A count above 1 needs an interval/],
    [
      'count: 3\ninterval: 1s\nfailureLimit: 2\nconsecutiveSuccessLimit: 2',
      /fewer than failureLimit and consecutiveSuccessLimit together \(4\)/,
    ],
    ['count: 1\ninconclusiveLimit: 2', /fewer than inconclusiveLimit/],
    ['interval: often', /A duration such as 30s/],
    ['initialDelay: 5', /A text was expected, not 5; put it in quotes/],
    ['intervall: 5s', /did you mean `interval`/],
  ])('%s is refused', (more, message) => {
    expect(faultsOf(metric(more)).join('\n')).toMatch(message);
  });
});

describe('arguments, in Argo', () => {
  const query = (template: string, analysis = ''): string => {
    const { query } = one(analysed(template, analysis));
    return query.provider === 'prometheus' ? query.query : '';
  };
  const asking = (text: string, args: string): string =>
    templateText('t', [metricText('', text)], `args: ${args}`);

  test('a value of the Rollout wins over that of the template', () => {
    expect(
      query(
        asking('up{a="{{args.a}}",b="{{ args.b }}"}', '[{ name: a, value: x }, { name: b, value: w }]'),
        ', args: [{ name: b, value: z }]',
      ),
    ).toBe('up{a="x",b="z"}');
  });

  test('the hashes of stable and latest pods are those of the revisions', () => {
    const args =
      ', args: [{ name: s, valueFrom: { podTemplateHashValue: Stable } }, { name: l, valueFrom: { podTemplateHashValue: Latest } }]';
    expect(query(asking('{{args.l}} / {{args.s}}', '[{ name: s }, { name: l }]'), args)).toBe(
      '{{candidate-hash}} / {{stable-hash}}',
    );
  });

  test.each([
    ["metadata.labels['region']", 'eu'],
    ['metadata.name', 'web'],
    ['metadata.namespace', 'shop'],
    ['spec.template.metadata.labels.version', '7'],
    ['spec.template.spec.containers[0].image', 'registry.example.com/web:7'],
    ['spec.replicas', '10'],
  ])('%s is read from the Rollout', (fieldPath, value) => {
    const args = `, args: [{ name: a, valueFrom: { fieldRef: { fieldPath: "${fieldPath}" } } }]`;
    expect(query(asking('{{args.a}}', '[{ name: a }]'), args)).toBe(value);
  });

  test('what the Rollout gives and no template declares is passed over', () => {
    expect(query(asking('up', '[]'), ', args: [{ name: a, value: x }]')).toBe('up');
  });

  test.each([
    ['up', '[{ name: a }]', '', /needs the argument a, and neither/],
    ['up', '[{ name: a }]', ', args: [{ name: a }]', /needs the argument a, and neither/],
    ['up{{args.b}}', '[]', '', /\{\{args.b\}\} names no argument/],
    ['up{{ b }}', '[]', '', /\{\{ b \}\} names no argument/],
    [
      'up',
      '[{ name: a }]',
      ', args: [{ name: a, valueFrom: { fieldRef: { fieldPath: status.alb.name } } }]',
      /there is none in Sluice/,
    ],
    [
      'up',
      '[{ name: a }]',
      ', args: [{ name: a, valueFrom: { fieldRef: { fieldPath: "metadata.labels[\'no\']" } } }]',
      /no such field/,
    ],
    [
      'up{{args.a}}',
      '[{ name: a, valueFrom: { secretKeyRef: { name: s, key: k } } }]',
      '',
      /the key k of Secret s/,
    ],
  ])('%s with %s is refused', (text, args, analysis, message) => {
    expect(faultsOf(analysed(asking(text, args), analysis)).join('\n')).toMatch(message);
  });
});

describe('templates, in Argo', () => {
  const two = (second: string): RolloutParts => analysed(templateText('t', [metricText()]), '', second);

  test('that are named together are one list of metrics, and each is taken once', () => {
    const inner = templateText('inner', [metricText().replace('errors', 'inner')]);
    const outer = `apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: { name: t }\nspec: { templates: [{ templateName: inner }, { templateName: inner }, { templateName: t }] }`;
    expect(measurementsOf(adopted(analysed(outer, '', inner))).map(({ name }) => name)).toEqual(['inner']);
  });

  test('of the cluster are looked for under any namespace when clusterScope is set', () => {
    const parts: RolloutParts = {
      steps: ['analysis: { templates: [{ templateName: t, clusterScope: true }] }'],
      more: [templateText('t', [metricText()], '', 'ClusterAnalysisTemplate')],
    };
    expect(measurementsOf(adopted(parts))).toHaveLength(1);
    expect(faultsOf({ ...parts, more: [templateText('t', [metricText()])] })[0]).toMatch(
      /ClusterAnalysisTemplate t is not among the files/,
    );
  });

  test('of the cluster ask for their arguments as others do', () => {
    const parts = (args: string): RolloutParts => ({
      steps: [`analysis: { templates: [{ templateName: t, clusterScope: true }]${args} }`],
      more: [templateText('t', [metricText()], 'args: [{ name: service }]', 'ClusterAnalysisTemplate')],
    });
    expect(faultsOf(parts(''))).toEqual([
      expect.stringMatching(
        /ClusterAnalysisTemplate t needs the argument service, and neither it nor the Rollout/,
      ),
    ]);
    expect(faultsOf(parts(', args: [{ name: service, value: web }]'))).toEqual([]);
  });

  test('with a key that does not exist, or without a metric, are refused', () => {
    expect(faultsOf(analysed(templateText('t', [metricText('cuont: 1')]))).join('\n')).toMatch(
      /metrics\[0\]\.cuont: There is no key `cuont` here; did you mean `count`/,
    );
    expect(faultsOf({ steps: ['analysis: { templates: [] }'] })[0]).toMatch(/hold no metric/);
  });

  test('a metric that runs in two steps has two names', () => {
    const step = 'analysis: { templates: [{ templateName: t }] }';
    const names = measurementsOf(adopted({ steps: [step, step], more: [templateText('t', [metricText()])] }));
    expect(names.map(({ name }) => name)).toEqual(['errors', 'errors-2']);
  });

  test.each([
    ['two metrics of one name', templateText('u', [metricText()]), /has a metric errors too/],
    [
      'two values of one argument',
      templateText('u', [metricText().replace('errors', 'more')], 'args: [{ name: a, value: 2 }]'),
      /has the value `2` here and `1` in t/,
    ],
  ])('%s are refused', (_, second, message) => {
    const parts = two(second);
    const steps = ['analysis: { templates: [{ templateName: t }, { templateName: u }] }'];
    const [first = ''] = parts.more ?? [];
    const declared = first.replace('spec:\n', 'spec:\n  args: [{ name: a, value: 1 }]\n');
    expect(faultsOf({ steps, more: [declared, second] }).join('\n')).toMatch(message);
  });

  test('a version that is not understood is named with the one that is', () => {
    const template = templateText('t', [metricText()]).replace('v1alpha1', 'v1beta1');
    expect(faultsOf(analysed(template))[0]).toMatch(
      /argoproj.io\/v1beta1 is not a version of AnalysisTemplate/,
    );
  });
});

describe('dryRun, in Argo', () => {
  const template = (rule: string): string =>
    templateText(
      't',
      [metricText(), metricText().replace('errors', 'latency')],
      `dryRun: [{ metricName: "${rule}" }]`,
    );
  const dry = (parts: RolloutParts): readonly string[] =>
    measurementsOf(adopted(parts))
      .filter(({ dryRun }) => dryRun)
      .map(({ name }) => name);

  test('is a regular expression that need only be found in the name', () => {
    expect(dry(analysed(template('.*')))).toEqual(['errors', 'latency']);
    expect(dry(analysed(template('lat')))).toEqual(['latency']);
    expect(dry(analysed(template('^err')))).toEqual(['errors']);
  });

  test('may stand in the Rollout as well', () => {
    expect(dry(analysed(template('lat'), ', dryRun: [{ metricName: errors }]'))).toEqual([
      'errors',
      'latency',
    ]);
  });

  test('a rule that fits no metric is refused', () => {
    expect(faultsOf(analysed(template('absent')))[0]).toMatch(
      /No metric has a name in which `absent` is found/,
    );
    expect(faultsOf(analysed(template('(')))[0]).toMatch(/no regular expression/);
  });
});

describe('providers', () => {
  const provided = (provider: string, more = '', args = '[]'): RolloutParts =>
    analysed(templateText('t', [`name: m\n${more}\nprovider: { ${provider} }`], `args: ${args}`));
  const secret = '[{ name: key, valueFrom: { secretKeyRef: { name: access, key: token } } }]';

  test('Prometheus has half a minute to answer unless said, and headers', () => {
    const parts = provided(
      'prometheus: { address: "https://p.test", query: up, timeout: 5, insecure: true, headers: [{ key: X-Scope, value: a }], authentication: { basicAuth: { username: u, password: p } } }',
    );
    expect(one(parts).query).toEqual({
      provider: 'prometheus',
      address: 'https://p.test',
      headers: { 'X-Scope': { value: 'a' }, Authorization: { value: 'Basic dTpw' } },
      insecure: true,
      query: 'up',
      range: null,
      timeoutMs: 5000,
    });
    expect(one(provided('prometheus: { address: "https://p.test", query: up }')).query.timeoutMs).toBe(
      30_000,
    );
  });

  test('a range query asks for a time back from now', () => {
    const range = `rangeQuery: { start: 'now() - duration("1h30m")', end: 'now() - duration("5m")', step: 30s }`;
    expect(one(provided(`prometheus: { query: up, ${range} }`)).query).toMatchObject({
      address: 'http://prometheus.monitoring:9090',
      range: { startMs: 5_400_000, endMs: 300_000, stepMs: 30_000 },
    });
  });

  test('without any address Prometheus cannot be asked', () => {
    const settings = { ...SETTINGS, prometheus: null };
    expect(faultsOf(provided('prometheus: { query: up }'), settings)[0]).toMatch(/names no address/);
  });

  test('a web metric keeps values of Secrets out of the plan', () => {
    const headers =
      '[{ key: Authorization, value: "Bearer {{ args.key }}" }, { key: X-Key, value: "{{args.key}}" }]';
    expect(
      one(provided(`web: { url: "http://a.test", headers: ${headers}, jsonPath: "{$.ok}" }`, '', secret))
        .query,
    ).toEqual({
      provider: 'web',
      url: 'http://a.test',
      method: 'GET',
      headers: {
        Authorization: { kept: 'access', key: 'token', before: 'Bearer ' },
        'X-Key': { kept: 'access', key: 'token' },
      },
      body: null,
      jsonPath: '{$.ok}',
      insecure: false,
      timeoutMs: 10_000,
    });
  });

  test.each<[string, RegExp]>([
    ['web: { url: "http://a.test/{{args.key}}" }', /only into headers/],
    ['web: { url: "http://a.test", method: DELETE }', /One of GET, POST, PUT/],
    ['web: { url: "http://a.test", jsonPath: "{$.a}{$.b}" }', /One path in one pair of braces/],
    ['web: { url: "http://a.test", jsonPath: "{$.a[?(@.b>1)]}" }', /follows no filters/],
    ['web: { url: "http://a.test", jsonBody: { a: 1 } }', /only be sent with POST or PUT/],
    ['web: { url: "http://a.test", method: POST, body: "{}", jsonBody: {} }', /Either body or jsonBody/],
    ['web: { url: "http://a.test", authentication: { oauth2: { tokenUrl: a } } }', /OAuth 2/],
    [
      'prometheus: { query: up, authentication: { basicAuth: { username: "{{args.key}}", password: p } } }',
      /under one key of the Secret/,
    ],
    [
      'prometheus: { query: up, authentication: { basicAuth: { username: u } } }',
      /Both username and password/,
    ],
    [
      'job: { spec: { template: { spec: { containers: [{ env: [{ value: "{{args.key}}" }] }] } } } }',
      /by env.valueFrom/,
    ],
    ['prometheus: { query: up }, web: { url: a }', /Exactly one of/],
    ...[
      'kayenta',
      'datadog',
      'newRelic',
      'wavefront',
      'cloudWatch',
      'graphite',
      'influxdb',
      'skywalking',
      'plugin',
    ].map(
      (name) =>
        [
          `${name}: {}`,
          new RegExp(
            `provider\\.${name}: Sluice has no provider ${name}\\. It measures by prometheus, web .* and job`,
          ),
        ] satisfies [string, RegExp],
    ),
    ['splunk: {}', /There is no key `splunk` here; known are prometheus, web, job/],
  ])('%s is refused', (provider, message) => {
    expect(faultsOf(provided(provider, '', secret)).join('\n')).toMatch(message);
  });

  test('a JSON text is sent as JSON, and that is told', () => {
    const component = adopted(provided('web: { url: "http://a.test", method: POST, body: "{\\"a\\": 1}" }'));
    expect(measurementsOf(component)[0]?.query).toMatchObject({ body: { a: 1 } });
    expect(differencesOf(component).join('\n')).toMatch(/as application\/json/);
  });

  test('a Job is run as it is, and its end is its outcome', () => {
    const job =
      'job: { metadata: { labels: { a: b } }, spec: { activeDeadlineSeconds: 60, template: { spec: { containers: [] } } } }';
    expect(one(provided(job, 'successCondition: whatever == 1'))).toMatchObject({
      condition: { language: 'outcome' },
      query: {
        provider: 'task',
        timeoutMs: 60_000,
        task: { apiVersion: 'batch/v1', kind: 'Job', metadata: { labels: { a: 'b' } } },
      },
    });
  });

  test('a metric without a condition is successful whatever is measured, as in Argo’s code', () => {
    const component: AdoptedComponent = adopted(provided('prometheus: { query: up }'));
    expect(measurementsOf(component)[0]?.condition).toEqual({
      language: 'expr',
      success: 'true',
      failure: null,
    });
    expect(differencesOf(component).join('\n')).toMatch(/its code \(1.9\) calls it successful/);
  });

  test('a condition that YAML cut at a # says so', () => {
    const condition = 'successCondition: any(result, # > 2)';
    expect(faultsOf(provided('prometheus: { query: up }', condition))[0]).toMatch(
      /put the condition in quotes/,
    );
  });
});
