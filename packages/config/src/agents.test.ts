import { expect, it } from 'vitest';
import { parseApplication } from './parse-application.ts';

const parse = (component: string, rest = '') =>
  parseApplication(`application: a\ncomponents:\n  triage: { run: ./work, ${component} }\n${rest}`, {
    ...{ file: 'sluice.yaml', baseDirectory: '/srv/app' },
  });

it('fills in what a component of agents leaves out', () => {
  const outcome = parse('kind: agents, strategy: canary');
  expect(outcome).toMatchObject({ ok: true });
  const [component] = outcome.ok ? outcome.application.components : [];
  expect(component?.agents).toEqual({
    retry: {
      ...{ maxFailures: 4, initialMs: 1_000, factor: 2, maxMs: 60_000, jitter: 0.5 },
      classes: ['transient', 'rate-limited', 'timeout', 'tool', 'model', 'crash', 'lost'],
    },
    unfinished: 'finish',
  });
});

it('reads what it says, and says nothing of agents for a service', () => {
  const said =
    'kind: agents, agents: { retry: { failures: 1, pause: 5s, longest: 10s, of: [timeout] }, unfinished: retry }';
  const outcome = parse(said);
  const [component] = outcome.ok ? outcome.application.components : [];
  expect(component?.agents).toMatchObject({
    retry: { maxFailures: 1, initialMs: 5_000, maxMs: 10_000, classes: ['timeout'] },
    unfinished: 'retry',
  });
  const service = parse('route: /');
  expect(service.ok && 'agents' in (service.application.components[0] ?? {})).toBe(false);
});

it('lets a service and agents stand beside each other without routes of their own', () => {
  const outcome = parse('kind: agents', '  web: { run: ./serve }');
  expect(outcome).toMatchObject({ ok: true });
});

it.each([
  ['kind: agents, route: /x', 'agents get tasks and no requests, so that route means nothing'],
  ['kind: agents, user: address', 'so that user means nothing'],
  ['agents: { unfinished: retry }', 'is a service; write "kind: agents" beside it'],
  ['kind: agents, user: { header: X-User }, strategy: { ab: { goal: /x } }', 'splits requests by users'],
  ['kind: agent', 'agents'],
  ['kind: agents, agents: { retry: { failures: 0 } }', '1 to 100'],
])('refuses %s', (component, words) => {
  const outcome = parse(component);
  const messages = outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message);
  expect(messages.join('\n')).toContain(words);
});

it('judges agents by their tools, scores and cost, and less strictly than a service by errors', () => {
  const said =
    'kind: agents, strategy: canary, agents: { evaluations: { helpful: 0.7 }, prices: { output-tokens: 15 } }';
  const outcome = parse(said);
  const [component] = outcome.ok ? outcome.application.components : [];
  expect(component?.agents).toMatchObject({
    evaluations: [{ name: 'helpful', least: 0.7 }],
    prices: { inputTokens: 0, outputTokens: 15, second: 0 },
  });
  expect(component?.strategy.analysis.judge).toMatchObject({
    custom: ['tools', 'score helpful'],
    weights: { errors: 0.5, latency: 0.3, custom: 0.2, cost: 0.1 },
    ...{ costTolerance: 1.25, sloErrorRate: 0.1 },
  });
  const service = parse('route: /, strategy: canary');
  const [web] = service.ok ? service.application.components : [];
  expect(web?.strategy.analysis.judge).toMatchObject({ custom: [], sloErrorRate: 0.01 });
});

it('judges no cost where that is off', () => {
  const outcome = parse('kind: agents, strategy: canary', 'analysis: { judge: { cost-tolerance: off } }');
  const [component] = outcome.ok ? outcome.application.components : [];
  expect(component?.strategy.analysis.judge.costTolerance).toBeUndefined();
});

const inCluster = (agents: string, rest = '') =>
  parseApplication(
    `application: a\ntarget: kubernetes\ncomponents:\n  triage: { image: triage:1, kind: agents, ${agents} }\n${rest}`,
    { file: 'sluice.yaml', baseDirectory: '/srv/app' },
  );

it('reads how many workers there are, and fills in the rest', () => {
  const outcome = parse(
    'kind: agents, instances: 2, agents: { pool: { max: 10, sleep: 10m, recycle: { memory: 512Mi } } }',
  );
  expect(outcome.ok && outcome.application.components[0]?.agents?.pool).toEqual({
    ...{ mostWorkers: 10, tasksPerWorker: 1, targetWaitMs: 10_000, keepMs: 60_000, sleepAfterMs: 600_000 },
    ...{ spareWorkers: 0, isForeseeing: false, scaler: 'hpa' },
    recycle: { tasks: 0, ageMs: 0, memoryBytes: 512 * 1024 * 1024 },
  });
  const fixed = parse('kind: agents, instances: 3, agents: { pool: { recycle: { tasks: 9 } } }');
  expect(fixed.ok && fixed.application.components[0]?.agents?.pool).toMatchObject({ mostWorkers: 3 });
});

it('takes agents in a cluster that are told where Sluice is, and judges them as everywhere', () => {
  const outcome = inCluster(
    'agents: { server: "http://sluice.sluice.svc:4600/", pool: { max: 5, sleep: 5m, scaler: keda } }, strategy: canary',
  );
  expect(outcome).toMatchObject({ ok: true, warnings: [] });
  expect(outcome.ok && outcome.application.components[0]).toMatchObject({
    workload: { on: 'cluster' },
    agents: { server: 'http://sluice.sluice.svc:4600', pool: { scaler: 'keda' } },
  });
});

it.each([
  ['agents: {}', 'its pods must be told where Sluice is'],
  ['agents: { server: "ftp://x" }', 'a URL without a path'],
  ['agents: { server: "http://x", pool: { sleep: 5m } }', 'needs "scaler: keda" in a cluster'],
  ['agents: { server: "http://x", pool: { recycle: { tasks: 5 } } }', 'is done on a machine'],
  [
    'agents: { server: "http://x", pool: { max: 3 } }, kubernetes: { autoscale: { max: 3, metrics: { x: 1 } } }',
    'can have only one autoscaler',
  ],
])('refuses in a cluster %s', (agents, words) => {
  const outcome = inCluster(agents);
  const messages = outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message);
  expect(messages.join('\n')).toContain(words);
});

it.each([
  ['instances: 5, agents: { pool: { max: 3 } }', 'has at least 5 instances'],
  ['agents: { pool: { sleep: 5m, warm: 1 } }', 'cannot hold beside warm workers'],
])('refuses on a machine %s', (agents, words) => {
  const outcome = parse(`kind: agents, ${agents}`);
  const messages = outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message);
  expect(messages.join('\n')).toContain(words);
});

it('compares tasks that both sides have done in a shadow test, of which the last ones may be done again', () => {
  const outcome = parse('kind: agents, strategy: shadow, agents: { replay: 200 }');
  const [component] = outcome.ok ? outcome.application.components : [];
  expect(component?.agents?.replay).toBe(200);
  expect(component?.strategy.analysis.judge.custom).toEqual(['pairs', 'tools']);
});
