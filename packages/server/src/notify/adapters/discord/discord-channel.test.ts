import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeChannelContract } from '../../channel.contract.ts';
import { deliverAll } from '../../testing/deliver-all.ts';
import { type DiscordProvider, startDiscordProvider } from '../../testing/discord-provider.ts';
import { providerSubject } from '../../testing/provider-subject.ts';
import { SAMPLE_NOTICES, sampleOf } from '../../testing/sample-notices.ts';
import { discordAdapter } from './discord-channel.ts';

const TOKEN = '3d89bb7572e0fb30d8128367b3b1b44fecd1726de135cbe28a41f8b2f777c372';

const channelAt = (url: string, token = TOKEN) =>
  discordAdapter.open(
    { kind: 'discord', webhook: { env: 'DISCORD' } },
    async () => `${url}/api/webhooks/223704706495545344/${token}`,
  );

describeChannelContract('Discord', async () =>
  providerSubject({
    provider: await startDiscordProvider(TOKEN),
    channelAt,
    secrets: [TOKEN],
    harmful: [...['@everyone', '@here', '\u202e', '\u0000', '\r'], /(?<!\\)[<*_`~>]/, /(?<!\\)\[x/],
  }),
);

describe('Discord', () => {
  let discord: DiscordProvider;
  beforeEach(async () => {
    discord = await startDiscordProvider(TOKEN);
  });
  afterEach(() => discord.server.close());
  const tell = (...stages: readonly Parameters<typeof sampleOf>[0][]) =>
    deliverAll(channelAt(discord.server.url), stages.map(sampleOf));

  it('says what happened, why, what comes next and what to do', async () => {
    await deliverAll(channelAt(discord.server.url), SAMPLE_NOTICES);
    await expect(discord.taken.join('\n\n---\n\n')).toMatchFileSnapshot('./discord-messages.golden.txt');
  });

  it('writes what merely goes on into the first message of the rollout, and says the rest anew', async () => {
    await tell('started', 'started', 'held', 'succeeded');
    expect(discord.messages.size).toBe(3);
    expect(discord.server.requests.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST', 'POST']);
  });

  it('says it anew when the first message was deleted', async () => {
    const [first] = await tell('started');
    const earlier = first?.ok ? first.reference : null;
    discord.remove(earlier ?? '');
    const [again] = await deliverAll(channelAt(discord.server.url), [{ ...sampleOf('started'), earlier }]);
    expect(again).toMatchObject({ ok: true });
    expect(discord.messages.size).toBe(1);
  });

  it('is switched off when its webhook was deleted', async () => {
    const [delivered] = await deliverAll(channelAt(discord.server.url, 'another-token-of-many-characters'), [
      sampleOf('held'),
    ]);
    expect(delivered).toMatchObject({ ok: false, retry: false, gone: true });
  });

  it('waits the fraction of a second that Discord names in its answer', async () => {
    discord.server.misbehave({ status: 429, json: { message: 'slow', retry_after: 0.65, global: false } });
    expect(await tell('held')).toMatchObject([{ ok: false, retry: true, retryAfterMs: 650 }]);
  });
});
