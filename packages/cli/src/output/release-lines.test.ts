import { samplePlan } from '@sluice/protocol/http/testing/sample-views.ts';
import { expect, test } from 'vitest';
import { releaseLines } from './release-lines.ts';
import { plainStyle } from './style.ts';

const space = { columns: Infinity, now: 0, style: plainStyle({ unicode: true }) };
const rollout = {
  track: 'shop/production/web',
  component: 'web',
  revision: 'web-0123456789ab',
  rollout: null,
};
const release = { application: 'shop', environment: 'production', version: 'v2' };

test('a plan can be read before anything happens', () => {
  const warning = 'Traffic is weak: only regressions to about 3 % failed requests are likely to be found.';
  const reply = {
    ...release,
    rollouts: [
      {
        ...rollout,
        plan: { ...samplePlan, detects: 'About 90 requests are expected.', warnings: [warning] },
      },
    ],
    underWay: [{ track: 'shop/production/api', component: 'api', revision: 'api-1', rollout: 'ro-4' }],
    unchanged: [{ track: 'shop/production/db', component: 'db', revision: 'db-1' }],
    warnings: [`web: ${warning}`, 'sluice.yaml:3: "drain" is long'],
  };
  expect(releaseLines(reply, space).join('\n')).toBe(`\
shop v2 in production

shop/production/web  canary "careful", web-0123456789ab
  1.    0%  provision 1 candidate, 3 stable
  2.    0%  verify smoke
  3.    5%  shift to 5%
  4.    5%  judge 10m, or until passed, 2 hard limits
  5.   25%  shift to 25%
  6.   25%  judge 20m, or until passed, 2 hard limits
  7.   25%  provision 3 candidate, 3 stable
  8.  100%  switch all requests to the candidate
  9.  100%  retire the old copy after 30m
  limit errors < 0.1% at 5 %
    A release as good as stable breaks it in 0.4 % of rollouts; ten times as many errors are seen
    after 84 s.
  evidence
    About 90 requests are expected.
  warning  Traffic is weak: only regressions to about 3 % failed requests are likely to be found.

shop/production/api is under way already: this very revision is being rolled out (ro-4).
shop/production/db is unchanged: this very revision is stable.
  warning  sluice.yaml:3: "drain" is long`);
});

test('what is the same of a limit in several steps is told once, with the shares of all of them', () => {
  const at = (limit: string, words: string) => ({ limit, words, falseRollbackRate: 0, detectionSeconds: 18 });
  const limits = [
    at('errors < 5 % at 5 %', 'errors < 5 % rolls back after 18 s.'),
    at('p95 < 200 ms at 5 %', 'p95 < 200 ms rolls back after 18 s.'),
    at('errors < 5 % at 25 %', 'errors < 5 % rolls back after 18 s.'),
    at('p95 < 200 ms at 25 %', 'p95 < 200 ms rolls back after 36 s.'),
    at('errors < 5 % at 75 %', 'errors < 5 % rolls back after 18 s.'),
    at('errors < 5 % at 75 %', 'errors < 5 % rolls back after 18 s.'),
  ];
  const reply = {
    ...release,
    rollouts: [{ ...rollout, plan: { ...samplePlan, steps: [], limits, warnings: [] } }],
    underWay: [],
    unchanged: [],
    warnings: [],
  };
  expect(releaseLines(reply, space).slice(3).join('\n')).toBe(`\
  limit errors < 5 % at 5 %, 25 % and 75 %
    errors < 5 % rolls back after 18 s.
  limit p95 < 200 ms at 5 %
    p95 < 200 ms rolls back after 18 s.
  limit p95 < 200 ms at 25 %
    p95 < 200 ms rolls back after 36 s.`);
});
