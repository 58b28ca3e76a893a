import type { Notice, Severity } from '@sluice/core/notify/notice.ts';
import { escapeMarkdown } from '../wording/escape.ts';
import { noticeFacts, noticeParagraphs } from '../wording/notice-facts.ts';
import { boundedText, oneLine } from '../wording/plain-words.ts';

/** What a webhook of Discord is posted. */
export interface DiscordMessage {
  readonly username: 'Sluice';
  /** Nobody is called, whatever stands in the texts. */
  readonly allowed_mentions: { readonly parse: readonly [] };
  readonly embeds: readonly [DiscordEmbed];
}

interface DiscordEmbed {
  readonly title: string;
  readonly description: string;
  readonly color: number;
  readonly timestamp: string;
  readonly url?: string;
  readonly fields: readonly { readonly name: string; readonly value: string; readonly inline: boolean }[];
}

/** Most characters of a title, a description and a value by Discord (256, 4,096 and 1,024, and 6,000 together), with room for escaping. */
const TITLE_CHARACTERS = 250;
const DESCRIPTION_CHARACTERS = 3_000;
const VALUE_CHARACTERS = 400;

const COLORS: Readonly<Record<Severity, number>> = {
  info: 0x4c8bf5,
  notice: 0x4c8bf5,
  warning: 0xf5a623,
  critical: 0xd0021b,
};
const COLOR_OF_SUCCESS = 0x2eb67d;

/** Puts a notice into an embed; what people wrote is taken by its word. */
export function discordMessage(notice: Notice): DiscordMessage {
  const isSuccess = notice.about?.stage === 'succeeded';
  return {
    username: 'Sluice',
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: escapedWithin(oneLine(notice.words.title), TITLE_CHARACTERS),
        description: escapedWithin(noticeParagraphs(notice).join('\n\n'), DESCRIPTION_CHARACTERS),
        color: isSuccess ? COLOR_OF_SUCCESS : COLORS[notice.severity],
        timestamp: notice.event.time,
        ...(notice.link === null ? {} : { url: notice.link }),
        fields: noticeFacts(notice).map(({ name, value }) => ({
          name,
          value: escapedWithin(value, VALUE_CHARACTERS),
          inline: name !== 'Change' && name !== 'Repository',
        })),
      },
    ],
  };
}

/** Escapes a text and keeps it within a length, without a lone backslash at its end. */
function escapedWithin(text: string, length: number): string {
  const escaped = escapeMarkdown(boundedText(text, length));
  return escaped.length <= length ? escaped : `${escaped.slice(0, length - 1).replace(/\\$/, '')}…`;
}
