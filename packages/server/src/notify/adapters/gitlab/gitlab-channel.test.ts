import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitlabSettingsSchema } from '@sluice/protocol/channels/gitlab-settings.ts';
import { describeChannelContract } from '../../channel.contract.ts';
import { deliverAll } from '../../testing/deliver-all.ts';
import { type GitlabProvider, startGitlabProvider } from '../../testing/gitlab-provider.ts';
import { providerSubject } from '../../testing/provider-subject.ts';
import { sampleNotice } from '../../testing/sample-notice.ts';
import { SAMPLE_COMMIT, SAMPLE_NOTICES, sampleOf, TEST_NOTICE } from '../../testing/sample-notices.ts';
import { gitlabAdapter } from './gitlab-channel.ts';

const TOKEN = 'glpat-not-a-token-of-anybody';

const channelAt = (site: string, send: readonly string[] = ['deployment', 'status']) =>
  gitlabAdapter.open(
    gitlabSettingsSchema.parse({
      kind: 'gitlab',
      site,
      token: { env: 'GITLAB' },
      projects: ['acme/shop'],
      send,
    }),
    async () => TOKEN,
  );
const startGitlab = () =>
  startGitlabProvider(TOKEN, [SAMPLE_COMMIT, sampleNotice().about?.source?.commit ?? '']);

describeChannelContract('GitLab', async () =>
  providerSubject({
    provider: await startGitlab(),
    channelAt: (url) => channelAt(url, ['status']),
    secrets: [TOKEN],
    harmful: ['\u202e', '\u0000', '\r'],
  }),
);

describe('GitLab', () => {
  let gitlab: GitlabProvider;
  beforeEach(async () => {
    gitlab = await startGitlab();
  });
  afterEach(() => gitlab.server.close());
  const tell = async (...stages: readonly Parameters<typeof sampleOf>[0][]) => {
    const delivered = await deliverAll(channelAt(gitlab.server.url), stages.map(sampleOf));
    expect(gitlab.faults).toEqual([]);
    return delivered;
  };

  it('shows how far a release of a commit is', async () => {
    const told = await tell('started', 'held', 'succeeded');
    expect(told).toMatchObject(told.map(() => ({ ok: true })));
    await expect(gitlab.taken.join('\n---\n')).toMatchFileSnapshot('./gitlab-records.golden.txt');
    expect(gitlab.deployments).toMatchObject([{ environment: 'production/web', status: 'success' }]);
  });

  it('takes no offence at a status that is so already, or at its end', async () => {
    expect(await tell('started', 'started', 'rolled-back', 'rolled-back')).toMatchObject([
      ...[{ ok: true }, { ok: true }, { ok: true }, { ok: true }],
    ]);
    expect(gitlab.deployments).toMatchObject([{ status: 'failed' }]);
  });

  it('finds the deployment again that was made by an attempt whose answer was lost', async () => {
    await deliverAll(channelAt(gitlab.server.url), [sampleOf('started')]);
    await deliverAll(channelAt(gitlab.server.url), [sampleOf('started')]);
    expect(gitlab.deployments).toHaveLength(1);
  });

  it('writes nothing for a project that is not listed', async () => {
    const held = sampleOf('held');
    const source = held.about?.source && {
      ...held.about.source,
      repository: 'https://gitlab.com/acme/secret',
    };
    const about = held.about && { ...held.about, source: source ?? null };
    expect(await deliverAll(channelAt(gitlab.server.url), [{ ...held, about }])).toMatchObject([
      { ok: true },
    ]);
    expect(gitlab.server.requests).toEqual([]);
  });

  it('tries the token when a channel is tried', async () => {
    expect(await deliverAll(channelAt(gitlab.server.url), [TEST_NOTICE])).toMatchObject([{ ok: true }]);
    expect(gitlab.server.requests.map(({ path }) => path)).toEqual(['/api/v4/user']);
  });

  it('tells every kind of notice by its rules', async () => {
    expect(await deliverAll(channelAt(gitlab.server.url), SAMPLE_NOTICES)).toMatchObject(
      SAMPLE_NOTICES.map(() => ({ ok: true })),
    );
    expect(gitlab.faults).toEqual([]);
  });
});
