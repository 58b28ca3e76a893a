import type { Notice, Severity } from '@sluice/core/notify/notice.ts';
import { noticeFacts, noticeParagraphs } from '../wording/notice-facts.ts';
import { boundedText, oneLine } from '../wording/plain-words.ts';

/** What a Teams workflow is posted: a message with one Adaptive Card (adaptivecards.io, schema 1.4, which Teams shows everywhere). */
export interface TeamsMessage {
  readonly type: 'message';
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly contentUrl: null;
      readonly content: AdaptiveCard;
    },
  ];
}

interface AdaptiveCard {
  readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
  readonly type: 'AdaptiveCard';
  readonly version: '1.4';
  readonly msteams: { readonly width: 'Full' };
  readonly body: readonly object[];
  readonly actions?: readonly object[];
}

/** Teams takes 28 KB for all of a message, and the card needs some of it: characters of all texts together, each of 3 bytes at most. */
const TITLE_CHARACTERS = 300;
const PARAGRAPH_CHARACTERS = 1_500;

const STYLES: Readonly<Record<Severity, string>> = {
  info: 'emphasis',
  notice: 'accent',
  warning: 'warning',
  critical: 'attention',
};

/**
 * Puts a notice on a card. What people wrote stands in text runs, the one element of a card in which Teams reads no Markdown;
 * a mention would need an entity, and none is sent.
 */
export function teamsMessage(notice: Notice): TeamsMessage {
  const style = notice.about?.stage === 'succeeded' ? 'good' : STYLES[notice.severity];
  const facts = noticeFacts(notice);
  const content: AdaptiveCard = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      {
        type: 'Container',
        style,
        bleed: true,
        items: [
          paragraph(boundedText(oneLine(notice.words.title), TITLE_CHARACTERS), {
            weight: 'Bolder',
            size: 'Medium',
          }),
        ],
      },
      ...noticeParagraphs(notice).map((text) => paragraph(boundedText(text, PARAGRAPH_CHARACTERS), {})),
      ...(facts.length > 0 ? [factsOf(facts)] : []),
    ],
    ...(notice.link === null
      ? {}
      : { actions: [{ type: 'Action.OpenUrl', title: 'Open in Sluice', url: notice.link }] }),
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content }] };
}

const paragraph = (text: string, look: Readonly<Record<string, string | boolean>>): object => ({
  type: 'RichTextBlock',
  inlines: [{ type: 'TextRun', text, ...look }],
});

/** A set of facts would read Markdown in its values. */
const factsOf = (facts: ReturnType<typeof noticeFacts>): object => ({
  type: 'Container',
  separator: true,
  items: facts.map(({ name, value }) => ({
    type: 'RichTextBlock',
    spacing: 'None',
    inlines: [
      { type: 'TextRun', text: `${name}: `, isSubtle: true },
      { type: 'TextRun', text: value },
    ],
  })),
});
