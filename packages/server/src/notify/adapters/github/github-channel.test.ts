import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { githubSettingsSchema } from '@sluice/protocol/channels/github-settings.ts';
import { describeChannelContract } from '../../channel.contract.ts';
import { deliverAll } from '../../testing/deliver-all.ts';
import { type GithubProvider, startGithubProvider } from '../../testing/github-provider.ts';
import { providerSubject } from '../../testing/provider-subject.ts';
import { sampleNotice } from '../../testing/sample-notice.ts';
import { SAMPLE_COMMIT, SAMPLE_NOTICES, sampleOf, TEST_NOTICE } from '../../testing/sample-notices.ts';
import { githubAdapter } from './github-channel.ts';

const TOKEN = 'github_pat_not_a_token_of_anybody';
const COMMITS = [SAMPLE_COMMIT, sampleNotice().about?.source?.commit ?? ''];

const channelAt = (
  api: string,
  send: readonly string[] = ['deployment', 'status'],
  repositories = ['acme/*'],
) =>
  githubAdapter.open(
    githubSettingsSchema.parse({ kind: 'github', api, token: { env: 'GITHUB' }, repositories, send }),
    async () => TOKEN,
  );
const startGithub = () => startGithubProvider(TOKEN, COMMITS);

describeChannelContract('GitHub by deployments', async () =>
  providerSubject({
    provider: await startGithub(),
    channelAt: (url) => channelAt(url, ['deployment']),
    secrets: [TOKEN],
    harmful: ['\u202e', '\u0000', '\r'],
  }),
);

describeChannelContract('GitHub by checks', async () =>
  providerSubject({
    provider: await startGithub(),
    channelAt: (url) => channelAt(url, ['check']),
    secrets: [TOKEN],
    harmful: ['\u202e', '\u0000', '\r', /^\\<.*(@everyone|(?<!\\)<script)/m],
  }),
);

describe('GitHub', () => {
  let github: GithubProvider;
  beforeEach(async () => {
    github = await startGithub();
  });
  afterEach(() => github.server.close());
  const held = sampleOf('held');
  const from = (repository: string | null, commit: string | null = SAMPLE_COMMIT) => ({
    ...held,
    about: held.about && { ...held.about, source: { ...{ ref: null, message: null }, repository, commit } },
  });

  it('shows how far a release of a commit is', async () => {
    const channel = channelAt(github.server.url, ['deployment', 'status', 'check']);
    expect(await deliverAll(channel, SAMPLE_NOTICES)).toMatchObject(SAMPLE_NOTICES.map(() => ({ ok: true })));
    await expect(github.taken.join('\n---\n')).toMatchFileSnapshot('./github-records.golden.txt');
    expect(github.faults).toEqual([]);
  });

  it('has one deployment and one check for a rollout, whatever was tried twice', async () => {
    const channel = channelAt(github.server.url, ['deployment', 'check']);
    await deliverAll(channel, [sampleOf('started'), sampleOf('started'), sampleOf('succeeded')]);
    expect(github.deployments).toHaveLength(1);
    expect(github.checks).toHaveLength(1);
  });

  it.each([
    ['a repository that is not listed', 'https://github.com/evil/shop', SAMPLE_COMMIT],
    ['a path that leads elsewhere', '../../user/keys', SAMPLE_COMMIT],
    ['no repository', null, SAMPLE_COMMIT],
    ['no commit', 'acme/shop', null],
    ['a commit that is none', 'acme/shop', '../../../user'],
  ])('writes nothing for %s', async (_, repository, commit) => {
    expect(await deliverAll(channelAt(github.server.url), [from(repository, commit)])).toMatchObject([
      { ok: true, reference: null },
    ]);
    expect(github.server.requests).toEqual([]);
  });

  it('takes no order for a track on the way for progress of the rollout', async () => {
    const event = { ...held.event, type: 'dev.sluice.track.capacity-ordered.v1' };
    expect(await deliverAll(channelAt(github.server.url), [{ ...held, event }])).toMatchObject([
      { ok: true },
    ]);
    expect(github.server.requests).toEqual([]);
  });

  it('says that a commit is not there', async () => {
    const [refused] = await deliverAll(channelAt(github.server.url), [from('acme/shop', 'a'.repeat(40))]);
    expect(refused).toMatchObject({
      ok: false,
      retry: false,
      message: expect.stringContaining('No ref found'),
    });
  });

  it('waits until its hour begins anew when it has asked too often', async () => {
    const reset = Math.floor(Date.now() / 1000) + 600;
    github.server.misbehave({
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
      json: { message: 'API rate limit exceeded' },
    });
    const [refused] = await deliverAll(channelAt(github.server.url), [held]);
    expect(refused).toMatchObject({ ok: false, retry: true });
    const waitMs = refused?.ok === false ? (refused.retryAfterMs ?? 0) : 0;
    expect(waitMs).toBeGreaterThan(590_000);
    expect(waitMs).toBeLessThanOrEqual(600_000);
  });

  it('does not try again where the token may not write', async () => {
    github.server.misbehave({
      status: 403,
      json: { message: 'Resource not accessible by personal access token' },
    });
    expect(await deliverAll(channelAt(github.server.url), [held])).toMatchObject([
      { ok: false, retry: false },
    ]);
  });

  it('tries the token when a channel is tried', async () => {
    expect(await deliverAll(channelAt(github.server.url), [TEST_NOTICE])).toMatchObject([{ ok: true }]);
    expect(github.server.requests.map(({ path }) => path)).toEqual(['/rate_limit']);
  });

  it('leaves what another host has to another channel', async () => {
    const channel = channelAt('https://api.github.com');
    expect(await deliverAll(channel, [from('https://gitlab.com/acme/shop')])).toMatchObject([{ ok: true }]);
  });
});
