import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { type ParseOptions, parseApplication } from './parse-application.ts';

const minute = 60_000;

function parse(text: string, more: Partial<ParseOptions> = {}) {
  return parseApplication(text, { file: 'sluice.yaml', baseDirectory: '/srv/app', ...more });
}

function applicationOf(text: string, more: Partial<ParseOptions> = {}) {
  const outcome = parse(text, more);
  if (!outcome.ok) throw new TypeError(outcome.diagnostics.map(({ message }) => message).join('\n'));
  return outcome;
}

function webOf(keys: string, more: Partial<ParseOptions> = {}, rest = ''): ComponentSpec {
  const { application } = applicationOf(
    `application: a\ncomponents:\n  web: { run: ./serve, ${keys} }\n${rest}`,
    more,
  );
  return application.components[0] as ComponentSpec;
}

function strategyOf<Kind extends StrategySpec['kind']>(
  kind: Kind,
  yaml: string,
  keys = 'user: { cookie: uid }',
) {
  const { strategy } = webOf(`${keys}, strategy: ${yaml}`);
  expect(strategy.kind).toBe(kind);
  return strategy as Extract<StrategySpec, { kind: Kind }>;
}

function messagesOf(text: string, more: Partial<ParseOptions> = {}): readonly string[] {
  const outcome = parse(text, more);
  return outcome.ok
    ? []
    : outcome.diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const TWO_ENVIRONMENTS = `
application: shop
components:
  web: { run: ./serve, instances: 2, env: { A: 1, B: 2 }, secrets: { C: { file: c } } }
  api: { run: ./api, route: /api }
strategies: { swap: { blue-green: { bake: 1m } } }
environments:
  staging: { strategy: swap, components: { api: { strategy: rolling } } }
  production:
    components:
      web: { instances: 5, env: { B: 3, C: plain }, secrets: { A: { environment: SECRET_A } }, route: shop.example.com }
`;

describe('a file that says little', () => {
  it('is one instance that is ready when its port is open, takes every request and is rolled', () => {
    const web = webOf('source: .');
    expect(web).toMatchObject({
      name: 'web',
      workload: { on: 'machine', run: './serve', source: '/srv/app' },
      instances: 1,
      route: { host: null, path: '/' },
      request: { protocol: 'http1', timeoutMs: minute, maxBodyBytes: 100 * 1024 ** 2 },
      health: { path: null, withinMs: minute, intervalMs: 2000, timeoutMs: 2000, failures: 3 },
      env: {},
      secrets: {},
      needs: [],
      resources: { cpuMillis: 0, memoryBytes: 0 },
      drainMs: 30_000,
      user: null,
    });
    expect(web.strategy).toMatchObject({
      name: 'rolling',
      kind: 'rolling',
      holdMs: 0,
      maxSurge: { basisPoints: 2500 },
    });
  });

  it('demands what judge.md recommends, holds without data, and asks after an hour', () => {
    expect(webOf('strategy: canary').strategy.analysis).toMatchObject({
      judge: { alpha: 0.01, beta: 0.05, rPass: 2, minEffect: 'auto', warmUpMs: 30_000 },
      on: {
        fail: 'rollback',
        inconclusive: 'promote',
        noData: 'hold',
        providerError: 'hold',
        holdLimitMs: 60 * minute,
        atLimit: 'ask-human',
      },
    });
  });
});

describe('values as people write them', () => {
  it('variables keep the text that was written', () => {
    const web = webOf('env: { VERSION: 1.10, MODE: 0755, ON: true, HEX: 0x10, NAME: "007", EMPTY: "" }');
    expect(web.env).toEqual({
      VERSION: '1.10',
      MODE: '0755',
      ON: 'true',
      HEX: '0x10',
      NAME: '007',
      EMPTY: '',
    });
  });

  it.each([
    ['cpu: 500m', { cpuMillis: 500, memoryBytes: 0 }],
    ['cpu: 1.5, memory: 256Mi', { cpuMillis: 1500, memoryBytes: 256 * 1024 ** 2 }],
    ['cpu: 2, memory: 1G', { cpuMillis: 2000, memoryBytes: 1e9 }],
  ])('resources: { %s }', (written, resources) => {
    expect(webOf(`resources: { ${written} }`).resources).toEqual(resources);
  });

  it.each([
    ['/api', null, '/api'],
    ['shop.example.com', 'shop.example.com', '/'],
    ['Shop.Example.com/api/', 'shop.example.com', '/api'],
    ['{ host: shop.example.com }', 'shop.example.com', '/'],
    ['{ path: / }', null, '/'],
  ])('route: %s', (written, host, path) => {
    expect(webOf(`route: ${written}`).route).toEqual({ host, path });
  });

  it('health is a path, or more', () => {
    expect(webOf('health: /healthz').health).toMatchObject({ path: '/healthz', withinMs: minute });
    expect(webOf('health: { within: 5s }').health).toMatchObject({ path: null, withinMs: 5000 });
  });

  it('a body may be without limit', () => {
    expect(webOf('max-body: unlimited').request.maxBodyBytes).toBe(0);
  });

  it('paths of files are relative to the folder of the file', () => {
    const web = webOf('source: ../web, secrets: { A: { file: secrets/a }, B: { environment: HOST_B } }');
    expect(web.workload).toMatchObject({ source: '/srv/web' });
    expect(web.secrets).toEqual({
      A: { from: 'file', path: '/srv/app/secrets/a' },
      B: { from: 'environment', name: 'HOST_B' },
    });
  });
});

describe('environments', () => {
  it('there is one called local when none is declared', () => {
    const { application, environments } = applicationOf('application: a\ncomponents: { web: { run: x } }');
    expect([application.environment, environments]).toEqual(['local', ['local']]);
  });

  it('the only one is taken without being asked for', () => {
    const text = 'application: a\ncomponents: { web: { run: x } }\nenvironments: { production: }';
    expect(applicationOf(text).application.environment).toBe('production');
  });

  it('of several one must be asked for', () => {
    expect(messagesOf(TWO_ENVIRONMENTS)).toEqual([
      '7:1 environments are staging and production; say which one is meant',
    ]);
  });

  it('one that is not there is refused with the nearest', () => {
    expect(messagesOf(TWO_ENVIRONMENTS, { environment: 'stagin' })).toEqual([
      '7:1 environments do not have "stagin", which was asked for; did you mean "staging"?',
    ]);
    expect(messagesOf('application: a\ncomponents: { web: { run: x } }', { environment: 'x' })).toEqual([
      '1:1 environments do not have "x", which was asked for; there are local',
    ]);
  });

  it('variables are merged by name, whether value or secret, and the rest is replaced', () => {
    const [web] = applicationOf(TWO_ENVIRONMENTS, { environment: 'production' }).application.components;
    expect(web).toMatchObject({ instances: 5, route: { host: 'shop.example.com', path: '/' } });
    expect(web?.env).toEqual({ B: '3', C: 'plain' });
    expect(web?.secrets).toEqual({ A: { from: 'environment', name: 'SECRET_A' } });
  });

  it('the strategy of an environment stands over components, and under what it says of one', () => {
    const { components } = applicationOf(TWO_ENVIRONMENTS, { environment: 'staging' }).application;
    expect(components.map(({ strategy }) => strategy.name)).toEqual(['swap', 'rolling']);
  });

  it('a strategy that is asked for stands over everything', () => {
    const { components } = applicationOf(TWO_ENVIRONMENTS, {
      environment: 'staging',
      strategy: 'immutable',
    }).application;
    expect(components.map(({ strategy }) => strategy.kind)).toEqual(['immutable', 'immutable']);
    expect(messagesOf(TWO_ENVIRONMENTS, { environment: 'staging', strategy: 'swop' })).toEqual([
      '6:1 strategies do not have "swop", which was asked for; did you mean "swap"?',
    ]);
  });

  it('a strategy that is asked for must suit the component', () => {
    const [message] = messagesOf('application: a\ncomponents: { web: { run: x } }', { strategy: 'ab' });
    expect(message).toContain('splits by users, but component web does not say what names a user');
  });

  it('what is wrong in one environment is told whichever is asked for', () => {
    const text = `application: a
components: { web: { run: x, instances: 4, strategy: { rolling: { batches: 4 } } } }
environments: { big: , small: { components: { web: { instances: 2 } } } }`;
    expect(messagesOf(text, { environment: 'big' })).toEqual([
      '2:76 components.web.strategy.rolling.batches is 4, but component web has only 2 instances in small',
    ]);
  });
});

describe('strategies', () => {
  it('the canary without a definition is 5, 25, 75 and 100 %', () => {
    const { phases, keepOldMs } = strategyOf('canary', 'canary');
    expect(phases.map(({ shareBasisPoints, holdMs }) => [shareBasisPoints / 100, holdMs / minute])).toEqual([
      [5, 10],
      [25, 20],
      [75, 30],
      [100, 10],
    ]);
    expect(keepOldMs).toBe(10 * minute);
  });

  it('a phase measures the criteria of its strategy with its own over them, in windows that fit its time', () => {
    const { phases, analysis } = strategyOf(
      'canary',
      `{ canary: {
         phases: [ { share: 5%, hold: 30s }, { share: 50%, hold: 1h, criteria: { errors: "<= 2%" } } ],
         criteria: { errors: "< 0.05%", p99: { limit: "< 1.5s", window: 5s, failures: 0 } } } }`,
    );
    const p99 = { metric: 'p99', op: '<', value: 1500, windowMs: 5000, failureLimit: 0 };
    expect(phases.map(({ criteria }) => criteria)).toEqual([
      [{ metric: 'errors', op: '<', value: 0.0005, windowMs: 6000, failureLimit: 2 }, p99],
      [{ metric: 'errors', op: '<=', value: 0.02, windowMs: minute, failureLimit: 2 }, p99],
    ]);
    expect(analysis.criteria[0]).toMatchObject({ value: 0.0005, windowMs: 6000 });
  });

  it('what analysis says holds for all strategies, key by key', () => {
    const { strategy } = webOf(
      'strategy: { canary: { criteria: { p95: "< 1s" }, on: { fail: hold }, judge: { slo: 0.02 } } }',
      {},
      'analysis: { criteria: { errors: "< 1%" }, on: { fail: promote, limit: 5m, then: rollback }, judge: { alpha: 5%, pass-errors: off }, min-requests: 7 }',
    );
    expect(strategy.analysis.criteria.map(({ metric }) => metric)).toEqual(['errors', 'p95']);
    expect(strategy.analysis.on).toMatchObject({
      fail: 'hold',
      holdLimitMs: 5 * minute,
      atLimit: 'rollback',
    });
    expect(strategy.analysis.judge).toMatchObject({ alpha: 0.05, sloErrorRate: 0.02, passErrorRate: null });
    expect(strategy.analysis.minRequests).toBe(7);
  });

  it('users become the header or cookie that names them', () => {
    const { phases, sticky } = strategyOf(
      'canary',
      '{ canary: { sticky: user, phases: [ { share: 5%, hold: 1m, match: { user: [ alice, 7 ], path: /beta } } ] } }',
      'user: { header: X-User }',
    );
    expect(sticky).toEqual({ by: 'header', name: 'x-user' });
    expect(phases[0]?.matches).toEqual([
      {
        conditions: [
          { on: 'path', prefix: '/beta' },
          { on: 'header', name: 'x-user', oneOf: ['alice', '7'] },
        ],
      },
    ]);
  });

  it('batches are a surge that gets through in so many', () => {
    expect(strategyOf('rolling', '{ rolling: { batches: 3 } }', 'instances: 3').maxSurge).toEqual({
      basisPoints: 3334,
    });
    expect(strategyOf('rolling', '{ rolling: { max-surge: 2, max-unavailable: 10% } }')).toMatchObject({
      maxSurge: { instances: 2 },
      maxUnavailable: { basisPoints: 1000 },
    });
  });

  it('an A/B test has a goal for all requests unless it says otherwise', () => {
    expect(strategyOf('ab', 'ab')).toMatchObject({
      goal: { path: '/', method: null, from: '/' },
      significance: 0.95,
      matches: [],
      winner: 'automatic',
    });
    expect(strategyOf('ab', '{ ab: { goal: /done, significance: 99% } }')).toMatchObject({
      goal: { path: '/done', method: null, from: '/' },
      significance: 0.99,
    });
  });

  it('steps are written short or long', () => {
    const { strategy } = webOf(
      'instances: 3, strategy: { steps: [ { provision: 50% }, { verify: [ up ] }, { shift: { mirror: 10% } }, { judge: 1m }, { provision: all }, switch, { settle: 1m }, { retire: 0s } ] }',
      {},
      'checks: { up: { tcp: true } }',
    );
    expect(strategy.kind === 'steps' && strategy.steps).toEqual([
      { kind: 'provision', candidate: 2, stable: 3, dedicatedPorts: false },
      { kind: 'verify', checks: ['up'] },
      { kind: 'shift', shareBasisPoints: 0, matches: [], mirrorBasisPoints: 1000, sticky: null },
      { kind: 'judge', durationMs: minute, criteria: [], early: false, winner: null, measurements: [] },
      { kind: 'provision', candidate: 3, stable: 3, dedicatedPorts: false },
      { kind: 'switch' },
      { kind: 'settle', durationMs: minute, criteria: [], measurements: [] },
      { kind: 'retire', delayMs: 0 },
    ]);
  });
});

describe('checks', () => {
  it('have the defaults of their kind', () => {
    const { application } = applicationOf(
      'application: a\ncomponents: { web: { run: x } }\nchecks: { h: { http: / }, t: { tcp: true }, c: { command: npm test } }',
    );
    expect(application.checks).toEqual([
      {
        name: 'h',
        kind: 'http',
        path: '/',
        expectStatus: 200,
        expectBody: null,
        timeoutMs: 10_000,
        attempts: 3,
      },
      { name: 't', kind: 'tcp', timeoutMs: 10_000, attempts: 3 },
      { name: 'c', kind: 'command', command: 'npm test', timeoutMs: 5 * minute, attempts: 1 },
    ]);
  });
});

describe('what is allowed but probably not meant', () => {
  it('is told as warnings', () => {
    const { warnings } = applicationOf(`application: a
components:
  web: { run: x, env: { DB: "postgres://user:secret@db/shop" } }
strategies:
  unused: { canary: { criteria: { p50: "< 1s", p99: "< 500ms" } } }
checks: { idle: { tcp: true } }`);
    expect(warnings.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
      '3:25 components.web.env.DB has a password in it; keep it in secrets',
      '5:3 strategies.unused is used by no component; only `--strategy unused` chooses it',
      '5:35 strategies.unused.canary.criteria.p50 says nothing beside p99, whose limit is not larger',
      '6:11 checks.idle is used by no strategy',
    ]);
  });
});

describe('what a host could not run', () => {
  it.each([
    ['instances: 256', []],
    ['instances: 257', ['2:41 components.web.instances must be a whole number from 1 to 256, but is 257']],
    [
      'strategy: { rolling: { max-surge: 257 } }',
      [
        '2:64 components.web.strategy.rolling.max-surge must be a number of instances from 0 to 256, or a share of them, such as 1 or 25%, but is 257',
      ],
    ],
    [
      'strategy: { rolling: { batches: 257 } }',
      ['2:62 components.web.strategy.rolling.batches must be a whole number from 1 to 256, but is 257'],
    ],
    [
      'strategy: { steps: [ { provision: 257 } ] }',
      [
        '2:64 components.web.strategy.steps[0].provision must be a number of instances from 1 to 256, a share of them such as 50%, or all, or a mapping with candidate, stable and own-ports, but is 257',
      ],
    ],
  ])('%s', (keys, messages) => {
    expect(messagesOf(`application: a\ncomponents: { web: { run: x, ${keys} } }`)).toEqual(messages);
  });

  it.each([
    [
      'env: { A: "%" }',
      120 * 1024 - 1,
      'components.web.env brings the variables of component web above 120 KiB',
    ],
    ['run: "%"', 64 * 1024, 'components.web.run is longer than 64 KiB'],
  ])('a text too long for a process: %s', (keys, most, message) => {
    const file = (length: number) => {
      const written = keys.replace('%', 'x'.repeat(length));
      return `application: a\ncomponents: { web: { ${keys.startsWith('run') ? '' : 'run: x, '}${written} } }`;
    };
    expect(messagesOf(file(most))).toEqual([]);
    expect(messagesOf(file(most + 1)).map((told) => told.split(';')[0])).toEqual([
      expect.stringContaining(message),
    ]);
  });

  it('a check whose command is too long', () => {
    const command = 'x'.repeat(64 * 1024 + 1);
    const [told] = messagesOf(
      `application: a\ncomponents: { web: { run: x } }\nchecks: { c: { command: "${command}" } }`,
    );
    expect(told).toBe(
      '3:16 checks.c.command is longer than 64 KiB; keep it in a script of the source folder',
    );
  });

  it('more variables than one process should have, counted over all places that give some', () => {
    const named = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `V${from + index}: x`).join(', ');
    const text = (count: number) => `application: a
defaults: { env: { ${named(0, 300)} } }
components: { web: { run: x, secrets: { S: { environment: S } } } }
environments: { staging: { components: { web: { env: { ${named(300, count)} } } } } }`;
    expect(messagesOf(text(199))).toEqual([]);
    expect(messagesOf(text(200))).toEqual([
      '4:49 environments.staging.components.web.env brings the variables of component web above 500',
    ]);
  });
});

it('a header that is named twice in different case is refused, as one of them would be lost', () => {
  const match = '{ header: { X-Beta: "1", x-beta: "2" } }';
  expect(
    messagesOf(`application: a
components: { web: { run: x, strategy: { ab: { match: ${match} } } } }`),
  ).toEqual([
    '2:80 components.web.strategy.ab.match.header.x-beta is written twice; upper and lower case make no difference here',
  ]);
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const text = `application: a
components:
  web: { run: x, source: web, secrets: { A: { file: secrets/a } } }
  api: { run: x, source: web/server.js, route: /api }`;

  it('are not looked for unless that is asked', () => {
    expect(messagesOf(text, { baseDirectory: folder })).toEqual([]);
  });

  it('that are missing, or of another kind, are told', () => {
    mkdirSync(join(folder, 'web'), { recursive: true });
    writeFileSync(join(folder, 'web', 'server.js'), '');
    expect(messagesOf(text, { baseDirectory: folder, checkFiles: true })).toEqual([
      '3:53 components.web.secrets.A.file names the file "secrets/a", which does not exist',
      '4:26 components.api.source names the folder "web/server.js", which does not exist',
    ]);
  });

  it('that are there are no matter', () => {
    mkdirSync(join(folder, 'secrets'), { recursive: true });
    writeFileSync(join(folder, 'secrets', 'a'), 'value');
    const good = text.replace('web/server.js', 'web');
    expect(messagesOf(good, { baseDirectory: folder, checkFiles: true })).toEqual([]);
  });
});

it('a diagnostic carries what a program needs beside the sentence', () => {
  const outcome = parse('application: a\ncomponents: { web: { run: x, instnces: 2, drain: 5 } }');
  expect(outcome.ok ? [] : outcome.diagnostics).toEqual([
    {
      file: 'sluice.yaml',
      line: 2,
      column: 30,
      endColumn: 38,
      path: 'components.web.instnces',
      message: 'components.web.instnces is not a known key; did you mean "instances"?',
      suggestion: 'instances',
    },
    {
      file: 'sluice.yaml',
      line: 2,
      column: 50,
      endColumn: 51,
      path: 'components.web.drain',
      message: 'components.web.drain must be a duration from 0s to 1h, such as 30s or 10m, but is 5',
      expected: 'a duration from 0s to 1h, such as 30s or 10m',
      found: '5',
    },
  ]);
});

it('more of anything than the limit is refused', () => {
  const components = Array.from({ length: 65 }, (_, i) => `  c${i}: { run: x, route: /${i} }`).join('\n');
  expect(messagesOf(`application: a\ncomponents:\n${components}\n`)).toEqual([
    '2:1 components must not be more than 64, but are 65',
  ]);
});
