import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jiraSettingsSchema } from '@sluice/protocol/channels/jira-settings.ts';
import { describeChannelContract } from '../../channel.contract.ts';
import { deliverAll } from '../../testing/deliver-all.ts';
import { type JiraProvider, startJiraProvider } from '../../testing/jira-provider.ts';
import { providerSubject } from '../../testing/provider-subject.ts';
import { HOSTILE_TEXT } from '../../testing/sample-notice.ts';
import { SAMPLE_NOTICES, sampleOf, TEST_NOTICE } from '../../testing/sample-notices.ts';
import { issueKeys } from './issue-keys.ts';
import { jiraAdapter } from './jira-channel.ts';

const TOKEN = 'ATATT3xFfGF0-not-a-token-of-anybody';
const BASIC = `Basic ${Buffer.from(`bot@acme.example:${TOKEN}`).toString('base64')}`;

const cloudAt = (site: string) =>
  jiraAdapter.open(
    jiraSettingsSchema.parse({
      ...{ kind: 'jira', site, email: 'bot@acme.example' },
      ...{ token: { env: 'JIRA' }, projects: ['SHOP'] },
    }),
    async () => TOKEN,
  );
const dataCenterAt = (site: string) =>
  jiraAdapter.open(
    jiraSettingsSchema.parse({
      ...{ kind: 'jira', site: `${site}/`, edition: 'data-center' },
      ...{ token: { env: 'JIRA' }, projects: ['SHOP'] },
    }),
    async () => TOKEN,
  );
const startCloud = (issues = ['SHOP-12', 'SHOP-42']) =>
  startJiraProvider({ edition: 'cloud', authorization: BASIC, issues });

describeChannelContract('Jira Cloud', async () =>
  providerSubject({
    provider: await startCloud(),
    channelAt: cloudAt,
    secrets: [TOKEN, BASIC.slice(6)],
    harmful: ['\u202e', '\u0000', '\r'],
  }),
);

describeChannelContract('Jira Data Center', async () =>
  providerSubject({
    provider: await startJiraProvider({
      edition: 'data-center',
      authorization: `Bearer ${TOKEN}`,
      issues: ['SHOP-12'],
    }),
    channelAt: dataCenterAt,
    secrets: [TOKEN],
    harmful: ['\u202e', '\u0000', '\r'],
  }),
);

describe('Jira', () => {
  let jira: JiraProvider;
  beforeEach(async () => {
    jira = await startCloud();
  });
  afterEach(() => jira.server.close());
  const held = sampleOf('held');
  const about = (message: string) =>
    held.about && { ...held.about, source: held.about.source && { ...held.about.source, message } };

  it('says what happened, why, what comes next and what to do', async () => {
    await deliverAll(cloudAt(jira.server.url), SAMPLE_NOTICES);
    await expect((jira.comments.get('SHOP-42') ?? []).join('\n\n---\n\n')).toMatchFileSnapshot(
      './jira-comments.golden.txt',
    );
  });

  it('says nothing twice when an attempt is made again', async () => {
    await deliverAll(cloudAt(jira.server.url), [held, held, sampleOf('stuck')]);
    expect(jira.comments.get('SHOP-42')).toHaveLength(2);
  });

  it('comments on each issue of its projects that is named and can be seen', async () => {
    const notice = { ...held, about: about('SHOP-42, SHOP-12: pay; see SHOP-404 and UTF-8') };
    expect(await deliverAll(cloudAt(jira.server.url), [notice])).toMatchObject([{ ok: true }]);
    expect([...jira.comments].map(([key, found]) => [key, found.length])).toEqual([
      ['SHOP-12', 1],
      ['SHOP-42', 1],
    ]);
  });

  it('says which issues cannot be seen when none can', async () => {
    const [refused] = await deliverAll(cloudAt(jira.server.url), [{ ...held, about: about('SHOP-404') }]);
    expect(refused).toMatchObject({ ok: false, retry: false, message: expect.stringContaining('SHOP-404') });
  });

  it('tries the account when a channel is tried, and comments on nothing', async () => {
    expect(await deliverAll(cloudAt(jira.server.url), [TEST_NOTICE])).toMatchObject([{ ok: true }]);
    expect(jira.taken).toEqual([]);
  });

  it('has no markup of Data Center in what people wrote', async () => {
    const server = await startJiraProvider({
      edition: 'data-center',
      authorization: `Bearer ${TOKEN}`,
      issues: ['SHOP-1'],
    });
    try {
      const words = { ...held.words, title: '{color:red}*x*', sentence: `[~admin] !x.png! ${HOSTILE_TEXT}` };
      await deliverAll(dataCenterAt(server.server.url), [{ ...held, words, about: about('SHOP-1') }]);
      expect(server.faults).toEqual([]);
      expect(server.taken[0]).toContain('*\\{color:red\\}\\*x\\**');
      expect(server.taken[0]).not.toMatch(/(?<!\\)\[~|(?<!\\)!x/);
    } finally {
      await server.server.close();
    }
  });
});

describe('the issues of a release', () => {
  const of = (message: string, ref: string | null = null, version = '1') => {
    const { about } = sampleOf('held');
    if (!about?.source) throw new Error('the sample is about nothing');
    return issueKeys({ ...about, version, source: { ...about.source, message, ref } }, ['SHOP', 'PAY2']);
  };

  it.each([
    ['SHOP-42: pay', null, '1', ['SHOP-42']],
    ['pay', 'refs/heads/feature/PAY2-7-two-taps', '1', ['PAY2-7']],
    ['pay', null, '1.4.2-SHOP-9', ['SHOP-9']],
    ['SHOP-42 and again SHOP-42', null, '1', ['SHOP-42']],
    ['UTF-8, SHA-256, XSHOP-1, SHOP-1x, SHOP-0, shop-1', null, '1', []],
    ['SHOP-42/../../../admin', null, '1', ['SHOP-42']],
  ])('in %j, %j and %j are %j', (message, ref, version, keys) => {
    expect(of(message, ref, version)).toEqual(keys);
  });

  it('are found in no time in a message that is long and hostile', () => {
    const began = performance.now();
    expect(of('SHOP-'.repeat(200_000))).toEqual([]);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
