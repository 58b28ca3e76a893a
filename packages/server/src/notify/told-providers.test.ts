import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ChannelSettings, channelSettingsSchema } from '@sluice/protocol/channels/channel-settings.ts';
import { subscriptionRequestSchema } from '@sluice/protocol/http/channels.ts';
import { CHANNEL_ADAPTERS } from '../channel-adapters.ts';
import { guardedOutgoing, type GuardedOutgoing } from '../outgoing/guarded-outgoing.ts';
import { parseOutgoingRules } from '../outgoing/outgoing-rules.ts';
import { accepted, ControlPlaneRig } from '../rollouts/testing/control-plane-rig.ts';
import { writeBell } from '../rollouts/write-bell.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { createLog } from '../telemetry/log.ts';
import { runNotify, type RunningNotify } from './run-notify.ts';
import { startGithubProvider } from './testing/github-provider.ts';
import { startJiraProvider } from './testing/jira-provider.ts';
import { startPagerdutyProvider } from './testing/pagerduty-provider.ts';
import { startSlackProvider } from './testing/slack-provider.ts';

const database = withDatabase();
const COMMIT = '5f2c7e1b9a40d3c86e7f1a2b3c4d5e6f70819203';
const SECRETS: Readonly<Record<string, string>> = {
  SLUICE_CHANNEL_SLACK: 'xoxb-canary-secret-of-slack',
  SLUICE_CHANNEL_GITHUB: 'github_pat_canary_secret',
  SLUICE_CHANNEL_JIRA: 'ATATT-canary-secret-of-jira',
  SLUICE_CHANNEL_PAGER: 'R0UTINGKEYR0UTINGKEYR0UTINGKEY32',
};
const secretOf = (name: string): string => SECRETS[`SLUICE_CHANNEL_${name}`] ?? '';
const BASIC = `Basic ${Buffer.from(`bot@acme.example:${secretOf('JIRA')}`).toString('base64')}`;

/** All providers that a release of `acme/shop` is told to. */
const startProviders = async () => ({
  slack: await startSlackProvider({ token: secretOf('SLACK'), webhook: 'none' }),
  github: await startGithubProvider(secretOf('GITHUB'), [COMMIT]),
  jira: await startJiraProvider({ edition: 'cloud', authorization: BASIC, issues: ['SHOP-42'] }),
  pager: await startPagerdutyProvider(secretOf('PAGER')),
});

let providers: Awaited<ReturnType<typeof startProviders>>;
let rig: ControlPlaneRig;
let outgoing: GuardedOutgoing;
let telling: RunningNotify;
let logged: string[] = [];

beforeEach(async () => {
  logged = [];
  providers = await startProviders();
  rig = await ControlPlaneRig.open(database.db);
  const rules = parseOutgoingRules('127.0.0.1');
  outgoing = guardedOutgoing(rules.ok ? rules.value : []);
  telling = runNotify({
    ...{ db: database.db, tenant: TENANT, now: () => Date.now(), outgoing, bell: writeBell() },
    log: createLog({ level: 'debug', destination: { write: (line: string) => void logged.push(line) } }),
    adapters: CHANNEL_ADAPTERS,
    readSecret: async (reference) => ('env' in reference ? (SECRETS[reference.env] ?? '') : ''),
    attempted: () => undefined,
    publicUrl: 'https://sluice.example',
    tellEveryMs: 20,
  });
});
afterEach(async () => {
  await telling.close();
  await Promise.all(Object.values(providers).map(({ server }) => server.close()));
  await outgoing.close();
  await rig.close();
});

async function listen(name: string, settings: object): Promise<void> {
  const parsed: ChannelSettings = channelSettingsSchema.parse(settings);
  expect(await telling.registry.put(name, { settings: parsed, by: 'person:ada' })).toMatchObject({
    ok: true,
  });
  const wish = { channel: name, kinds: ['rollout.*'], severity: 'info', by: 'person:ada' };
  const subscription = subscriptionRequestSchema.parse(wish);
  expect(await telling.registry.subscriptions.put(name, subscription)).toMatchObject({ ok: true });
}

it('a release is told to everybody who listens, from its request to its end, and no secret is', async () => {
  const { slack, github, jira, pager } = providers;
  const env = (name: string) => ({ env: `SLUICE_CHANNEL_${name}` });
  await listen('slack', {
    kind: 'slack',
    token: env('SLACK'),
    channel: 'C024BE91L',
    api: `${slack.server.url}/api/`,
  });
  await listen('github', {
    kind: 'github',
    token: env('GITHUB'),
    api: github.server.url,
    repositories: ['acme/*'],
  });
  await listen('jira', {
    ...{
      kind: 'jira',
      site: jira.server.url,
      email: 'bot@acme.example',
      token: env('JIRA'),
      projects: ['SHOP'],
    },
  });
  await listen('pager', { kind: 'pagerduty', routingKey: env('PAGER'), url: pager.server.url });
  const source = {
    repository: 'https://github.com/acme/shop',
    commit: COMMIT,
    message: 'SHOP-42: pay <!channel>',
  };
  accepted(await rig.release({ version: 'v1', components: ['web'], source }));
  await rig.settle();

  const patience = { timeout: 20_000 };
  await expect.poll(() => slack.posts[0]?.seen, patience).toContain('v1 is stable');
  await expect
    .poll(() => github.taken.join('\n'), patience)
    .toContain('deployment 1 to production/web: success');
  await expect.poll(() => jira.comments.get('SHOP-42')?.join('\n'), patience).toContain('is stable');
  await expect.poll(() => pager.taken.join('\n'), patience).toContain('is stable');

  const [first, ...answers] = slack.posts;
  expect(answers.every(({ thread }) => thread === first?.ts)).toBe(true);
  expect(github.deployments).toHaveLength(1);
  expect(pager.alerts.size).toBe(0);
  for (const { faults } of Object.values(providers)) expect(faults).toEqual([]);
  const told = [slack, github, jira, pager].flatMap(({ taken }) => taken).join('\n');
  expect(slack.posts.map(({ seen }) => seen).join('')).not.toContain('<!channel>');
  for (const secret of Object.values(SECRETS)) expect(`${told}${logged.join('')}`).not.toContain(secret);
});
