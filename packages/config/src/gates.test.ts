import { describe, expect, test } from 'vitest';
import { parseApplication } from './parse-application.ts';

const parse = (environments: string, environment = 'production') =>
  parseApplication(
    `application: shop\ncomponents:\n  web: { run: node server.js }\nenvironments:\n${environments}`,
    { file: 'sluice.yaml', baseDirectory: '/', environment },
  );

const gatesOf = (environments: string, environment?: string) => {
  const outcome = parse(environments, environment);
  if (!outcome.ok) throw new Error(outcome.diagnostics.map(({ message }) => message).join('\n'));
  return outcome.application.components[0]?.strategy.gates;
};
const faultsOf = (environments: string) => {
  const outcome = parse(environments);
  return outcome.ok ? [] : outcome.diagnostics.map(({ line, message }) => `${line}: ${message}`);
};

const WEEK_MS = 604_800_000;

describe('the gates of an environment', () => {
  test('are none where nothing is said', () => {
    expect(gatesOf('  staging: {}\n  production: {}\n')).toBeUndefined();
  });

  test('are what the file says, with every default', () => {
    const file = `
  staging: {}
  production:
    approvers: 2 of [managers, sre]
    windows:
      - { allow: mon-fri 09:00-17:00, zone: Europe/Berlin }
      - { deny: "fri 12:00-24:00", under-way: finish }
    after: staging
    soak: 1h
    error-budget: { objective: 99.9% }
`;
    expect(gatesOf(file)).toEqual({
      approvals: [{ needed: 2, of: ['managers', 'sre'], selfApproval: 'refused', expiresMs: WEEK_MS }],
      windows: [
        {
          ...{ name: 'mon-fri 09:00-17:00', effect: 'allow', days: [1, 2, 3, 4, 5], fromMinute: 540 },
          ...{ toMinute: 1020, zone: 'Europe/Berlin', underWay: 'hold' },
        },
        {
          ...{ name: 'fri 12:00-24:00', effect: 'deny', days: [5], fromMinute: 720, toMinute: 1440 },
          ...{ zone: 'UTC', underWay: 'finish' },
        },
      ],
      after: { environment: 'staging', soakMs: 3_600_000 },
      errorBudget: { objective: 0.999, windowMs: 28 * 86_400_000 },
      hotfix: 'approval',
    });
    expect(gatesOf(file, 'staging')).toBeUndefined();
  });

  test('may demand several approvals at once, and allow that people approve their own', () => {
    expect(
      gatesOf('  production: { approvers: { all: [1 of sre, 2], self-approval: allowed, expires: 24h } }\n')
        ?.approvals,
    ).toEqual([
      { needed: 1, of: ['sre'], selfApproval: 'allowed', expiresMs: 86_400_000 },
      { needed: 2, of: [], selfApproval: 'allowed', expiresMs: 86_400_000 },
    ]);
    expect(gatesOf('  production: { approvers: { any: 2 of managers or sre } }\n')?.approvals).toMatchObject([
      { needed: 2, of: ['managers', 'sre'] },
    ]);
    expect(gatesOf('  production: { approvers: 1 }\n')?.approvals).toMatchObject([{ needed: 1, of: [] }]);
  });
});

describe('gates that cannot be meant', () => {
  test.each([
    ['  production: { approvers: sre }', /how many approvals of which roles or groups/],
    ['  production: { approvers: 0 of sre }', /how many approvals/],
    ['  production: { approvers: { any: 1 of sre, all: [1] } }', /any|all/],
    ['  production: { windows: [{ allow: monday }] }', /days and hours of the week/],
    ['  production: { windows: [{ allow: mon, zone: Mars/Olympus }] }', /name of a time zone/],
    ['  production: { windows: [{ zone: UTC }] }', /allow|deny/],
    ['  production: { after: stagin }\n  staging: {}', /stagin.*staging/],
    ['  production: { after: production }', /wait for itself/],
    ['  production: { after: staging }\n  staging: { after: production }', /wait for itself/],
    ['  production: { soak: 1h }', /has no effect without/],
    ['  production: { error-budget: { objective: 120% } }', /fraction/],
    ['  production: { hotfixes: never }', /approval, pass or wait|approval/],
  ])('%s', (environments, message) => {
    const faults = faultsOf(`${environments}\n`);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.join('\n')).toMatch(message);
  });
});
