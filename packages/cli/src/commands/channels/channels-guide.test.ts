import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { channelSettingsOf } from './channel-settings-of.ts';

const GUIDES = ['channels.md', 'notifications.md'].map((name) =>
  readFileSync(new URL(`../../../../../docs/guides/${name}`, import.meta.url), 'utf8'),
);

/** Every `sluice channels add` of the guides, as words; lines that go on are one. */
const COMMANDS = GUIDES.flatMap((text) =>
  [...text.replace(/\\\n\s*/g, ' ').matchAll(/^\s*sluice channels add (.+)$/gm)].map(([, words = '']) =>
    [...words.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''),
  ),
);

describe('the guides about channels', () => {
  it('show every kind', () => {
    const kinds = COMMANDS.map((words) => words[words.indexOf('--kind') + 1]);
    expect(new Set(kinds)).toEqual(
      new Set(['webhook', 'slack', 'teams', 'discord', 'email', 'pagerduty', 'jira', 'github', 'gitlab']),
    );
  });

  it.each(COMMANDS.map((words) => [words.join(' '), words] as const))('may say %s', (_, words) => {
    const kind = words[words.indexOf('--kind') + 1] ?? '';
    const pairs = words.flatMap((word, at) => (words[at - 1] === '--set' ? [word] : []));
    expect(channelSettingsOf(kind, pairs)).toMatchObject({ ok: true });
  });
});
