import { channelSettingsSchema } from '@sluice/protocol/channels/channel-settings.ts';
import { expect, it } from 'vitest';
import {
  CHANNEL_FORMS,
  type ChannelKind,
  fieldsOf,
  firstTexts,
  type FormTexts,
  settingFacts,
  settingsOfTexts,
  textsOfSettings,
} from './channel-forms.ts';

/** What somebody types for the shortest channel of each kind. */
const TYPED: Readonly<Record<ChannelKind, FormTexts>> = {
  slack: { webhook: 'secret:slack-hook', members: 'U024BE7LH: person:ada' },
  teams: { webhook: 'env:TEAMS_HOOK' },
  discord: { webhook: 'file:/run/secrets/discord' },
  email: {
    to: 'a@example.com\nb@example.com',
    from: 's@example.com',
    server: 'smtp.example.com',
    port: '2525',
  },
  pagerduty: { routingKey: 'secret:pager', changes: '' },
  webhook: { url: 'https://example.com/in', secrets: 'secret:one\nsecret:two' },
  jira: {
    site: 'https://acme.atlassian.net',
    email: 'a@example.com',
    token: 'secret:jira',
    projects: 'SHOP',
  },
  github: { repositories: 'acme/shop', token: 'secret:github', send: 'deployment,check' },
  gitlab: { projects: 'acme/shop', token: 'secret:gitlab' },
};
const kinds = Object.keys(CHANNEL_FORMS) as readonly ChannelKind[];

it('every kind that the API knows has a form, with a field for every setting', () => {
  const known = channelSettingsSchema.options.map(({ shape }) => [
    shape.kind.value,
    Object.keys(shape)
      .filter((key) => key !== 'kind')
      .sort(),
  ]);
  const shown = kinds.map((kind) => [
    kind,
    fieldsOf(kind)
      .map(({ key }) => key)
      .sort(),
  ]);
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(known));
});

it.each(kinds)('what is typed for %s is what the API takes, and is shown again as it was typed', (kind) => {
  const typed = { ...firstTexts(kind), ...TYPED[kind] };
  const settings = settingsOfTexts(kind, typed);
  expect(channelSettingsSchema.safeParse(settings)).toMatchObject({ success: true });
  expect(textsOfSettings(kind, settings)).toEqual(typed);
});

it('an address that is a secret is a reference, and one that is half shown is not sent back', () => {
  const settings = settingsOfTexts('webhook', { url: 'secret:address', secrets: 'plain-name' });
  expect(settings).toEqual({
    kind: 'webhook',
    url: { secret: 'address' },
    secrets: [{ secret: 'plain-name' }],
  });
  const shown = { kind: 'webhook', url: 'https://example.com/in?…', secrets: [] };
  expect(textsOfSettings('webhook', shown)['url']).toBe('');
});

it('what may be left out is told apart from what is needed', () => {
  expect(settingFacts('email', 'from').isOptional).toBe(false);
  expect(settingFacts('email', 'port')).toMatchObject({
    isOptional: true,
    hint: expect.stringContaining('465'),
  });
  expect(settingFacts('email', 'security').isOptional).toBe(true);
});
