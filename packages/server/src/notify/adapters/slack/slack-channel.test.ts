import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slackSettingsSchema } from '@sluice/protocol/channels/slack-settings.ts';
import { describeChannelContract } from '../../channel.contract.ts';
import type { ReadSecret } from '../../channel.ts';
import { deliverAll } from '../../testing/deliver-all.ts';
import { providerSubject } from '../../testing/provider-subject.ts';
import { SAMPLE_NOTICES, sampleOf } from '../../testing/sample-notices.ts';
import { type SlackProvider, startSlackProvider } from '../../testing/slack-provider.ts';
import { slackAdapter } from './slack-channel.ts';

const TOKEN = 'xoxb-not-a-token-of-anybody';
const HOOK = 'XXXXXXXXXXXXXXXXXXXXXXXX';
const HARMFUL = ['<!channel>', '<@U1>', '<script>', '\u202e', '\u0000'];

const appAt = (url: string, buttons = false) =>
  slackAdapter.open(
    slackSettingsSchema.parse({
      kind: 'slack',
      token: { env: 'TOKEN' },
      channel: '#deploys',
      api: `${url}/api/`,
      ...(buttons ? { signingSecret: { env: 'SIGNING' } } : {}),
    }),
    async () => `${TOKEN}\n`,
  );
const hookAt = (url: string) => {
  const readSecret: ReadSecret = async () => `${url}/services/T024/B024/${HOOK}`;
  return slackAdapter.open(
    slackSettingsSchema.parse({ kind: 'slack', webhook: { env: 'HOOK' } }),
    readSecret,
  );
};

describeChannelContract('Slack by an app', async () =>
  providerSubject({
    provider: await startSlackProvider({ token: TOKEN, webhook: HOOK }),
    channelAt: appAt,
    secrets: [TOKEN],
    refusal: { status: 200, json: { ok: false, error: `invalid_blocks ${TOKEN}` } },
    harmful: HARMFUL,
  }),
);

describeChannelContract('Slack by an incoming webhook', async () =>
  providerSubject({
    provider: await startSlackProvider({ token: TOKEN, webhook: HOOK }),
    channelAt: hookAt,
    secrets: [HOOK],
    harmful: HARMFUL,
  }),
);

describe('Slack by an app', () => {
  let slack: SlackProvider;
  beforeEach(async () => {
    slack = await startSlackProvider({ token: TOKEN, webhook: HOOK });
  });
  afterEach(() => slack.server.close());
  const tell = (...stages: readonly Parameters<typeof sampleOf>[0][]) =>
    deliverAll(appAt(slack.server.url, true), stages.map(sampleOf));

  it('says what happened, why, what comes next and what to do', async () => {
    await deliverAll(
      appAt(slack.server.url, true),
      SAMPLE_NOTICES.map((notice) => ({ ...notice, earlier: 'none' })),
    );
    await expect(slack.posts.map(({ seen }) => seen).join('\n\n---\n\n')).toMatchFileSnapshot(
      './slack-messages.golden.txt',
    );
  });

  it('keeps a rollout in one thread, and shows in the channel how it stands now', async () => {
    await tell('started', 'waits-for-approval', 'succeeded');
    const [first, ...answers] = slack.posts;
    expect(first?.thread).toBeNull();
    expect(answers.map(({ thread }) => thread)).toEqual([first?.ts, first?.ts]);
    expect(first?.seen).toContain('is stable');
  });

  it('shows a warning in the channel beside its thread, and nothing less', async () => {
    await tell('started', 'held', 'succeeded');
    expect(slack.posts.map(({ broadcast }) => broadcast)).toEqual([false, true, false]);
  });

  it('offers buttons in the first message alone, and takes them away when nothing is asked any more', async () => {
    await tell('waits-for-approval', 'waits-for-approval');
    expect(slack.posts.map(({ seen }) => seen.includes('[ Approve ]'))).toEqual([true, false]);
    await tell('waits-for-approval', 'succeeded');
    expect(slack.posts[2]?.seen).not.toContain('[ Approve ]');
  });

  it('offers no buttons that nobody would hear', async () => {
    await deliverAll(appAt(slack.server.url), [sampleOf('waits-for-approval')]);
    expect(slack.posts[0]?.seen).not.toContain('Approve ]');
  });

  it('begins anew when somebody has deleted the first message', async () => {
    const [first] = await tell('started');
    slack.remove(slack.posts[0]?.ts ?? '');
    const reference = first?.ok ? first.reference : null;
    const [again] = await deliverAll(appAt(slack.server.url), [{ ...sampleOf('held'), earlier: reference }]);
    expect(again).toMatchObject({ ok: true });
    expect(slack.posts).toMatchObject([{ thread: null, seen: expect.stringContaining('is held') }]);
  });

  it.each([
    ['not_in_channel', { retry: false }, '/invite'],
    ['token_revoked', { retry: false, gone: true }, 'token_revoked'],
    ['fatal_error', { retry: true }, 'fatal_error'],
  ])('says what %s means', async (error, outcome, words) => {
    slack.server.misbehave({ status: 200, json: { ok: false, error } });
    expect(await tell('held')).toMatchObject([
      { ok: false, ...outcome, message: expect.stringContaining(words) },
    ]);
  });

  it('is switched off when its incoming webhook was taken back', async () => {
    slack.server.misbehave({ status: 404, text: 'no_service' });
    const [delivered] = await deliverAll(hookAt(slack.server.url), [sampleOf('held')]);
    expect(delivered).toMatchObject({ ok: false, retry: false, gone: true });
  });
});
