import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeChannelContract } from '../../channel.contract.ts';
import { deliverAll } from '../../testing/deliver-all.ts';
import { type Provider, providerSubject } from '../../testing/provider-subject.ts';
import { SAMPLE_NOTICES, sampleOf } from '../../testing/sample-notices.ts';
import { startTeamsProvider, teamsPath } from '../../testing/teams-provider.ts';
import { teamsAdapter } from './teams-channel.ts';

const SIGNATURE = 'q3hXbqg7m0y1V5c2ZkQx0JpL8sWnE4tR6uYiOaPdFgH';

const channelWith = (address: string) =>
  teamsAdapter.open({ kind: 'teams', webhook: { env: 'TEAMS' } }, async () => address);
const channelAt = (url: string) => channelWith(`${url}${teamsPath(SIGNATURE)}`);

describeChannelContract('Teams', async () =>
  providerSubject({
    provider: await startTeamsProvider(SIGNATURE),
    channelAt,
    secrets: [SIGNATURE],
    // Text runs read no Markdown and no HTML, so that what stands there is shown as it is.
    harmful: ['\u202e', '\u0000', '\r'],
  }),
);

describe('Teams', () => {
  let teams: Provider;
  beforeEach(async () => {
    teams = await startTeamsProvider(SIGNATURE);
  });
  afterEach(() => teams.server.close());

  it('says what happened, why, what comes next and what to do', async () => {
    await deliverAll(channelAt(teams.server.url), SAMPLE_NOTICES);
    await expect(teams.taken.join('\n\n---\n\n')).toMatchFileSnapshot('./teams-cards.golden.txt');
  });

  it.each(['https://acme.webhook.office.com/webhookb2/1', 'https://outlook.office.com/webhook/1'])(
    'says that the connector of %s is retired, and what to do',
    async (address) => {
      const [delivered] = await deliverAll(channelWith(address), [sampleOf('held')]);
      expect(delivered).toMatchObject({
        ok: false,
        retry: false,
        message: expect.stringContaining('workflow'),
      });
    },
  );

  it('is switched off with its workflow', async () => {
    teams.server.misbehave({ status: 400, json: { error: { code: 'WorkflowTriggerIsNotEnabled' } } });
    const [delivered] = await deliverAll(channelAt(teams.server.url), [sampleOf('held')]);
    expect(delivered).toMatchObject({ ok: false, retry: false, gone: true });
  });

  it('is no secret that stands in a sentence about a wrong signature', async () => {
    const wrong = channelWith(`${teams.server.url}${teamsPath('another-signature-of-many-characters')}`);
    const [delivered] = await deliverAll(wrong, [sampleOf('held')]);
    expect(delivered).toMatchObject({ ok: false, retry: false });
    expect(JSON.stringify(delivered)).not.toContain('another-signature');
  });
});
