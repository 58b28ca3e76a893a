import type { Notice, Severity } from '@sluice/core/notify/notice.ts';
import { escapeSlack } from '../wording/escape.ts';
import { noticeFacts, noticeParagraphs } from '../wording/notice-facts.ts';
import { boundedText, oneLine } from '../wording/plain-words.ts';

/** A message for Slack: blocks as its Block Kit has them, and the text that stands in for them in notifications. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

/** The kinds of block that messages of Sluice are made of. */
export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: PlainText }
  | { readonly type: 'context'; readonly elements: readonly PlainText[] }
  | { readonly type: 'actions'; readonly block_id: string; readonly elements: readonly SlackButton[] };

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: boolean;
}

interface SlackButton {
  readonly type: 'button';
  readonly action_id: string;
  readonly text: PlainText;
  readonly value?: string;
  readonly url?: string;
  readonly style?: 'primary' | 'danger';
}

/** Most characters of a header, of a section and of an element of a context by Block Kit, with room for what escaping adds. */
const HEADER_CHARACTERS = 150;
const SECTION_CHARACTERS = 2_900;
const CONTEXT_CHARACTERS = 250;
/** Slack advises against more in `text`. */
const TEXT_CHARACTERS = 3_900;

const SIGNS: Readonly<Record<Severity, string>> = { info: '🔵', notice: '🔵', warning: '🟠', critical: '🔴' };
/** What went well is told from what merely goes on. */
const SIGN_OF_SUCCESS = '🟢';

/**
 * Puts a notice into words for Slack. What people wrote stands in `plain_text`, where nothing is formatted, and is escaped all
 * the same, as `text` is read for mentions. Buttons to approve and reject come with `buttons` alone: without the app's
 * signing secret nobody hears them.
 */
export function slackMessage(notice: Notice, { buttons }: { readonly buttons: boolean }): SlackMessage {
  const sign = notice.about?.stage === 'succeeded' ? SIGN_OF_SUCCESS : SIGNS[notice.severity];
  const title = `${sign} ${oneLine(notice.words.title)}`;
  const paragraphs = noticeParagraphs(notice);
  const facts = noticeFacts(notice).map(({ name, value }) => `${name}: ${value}`);
  return {
    text: escapedWithin([title, ...paragraphs].join('\n'), TEXT_CHARACTERS),
    blocks: [
      { type: 'header', text: plain(title, HEADER_CHARACTERS) },
      { type: 'section', text: plain(paragraphs.join('\n\n'), SECTION_CHARACTERS) },
      ...(facts.length > 0
        ? [{ type: 'context', elements: facts.map((fact) => plain(fact, CONTEXT_CHARACTERS)) } as const]
        : []),
      ...actionsOf(notice, buttons),
    ],
  };
}

/** The buttons: one opens the dashboard, and those of the offered commands carry the rollout that they are about. */
function actionsOf({ link, commands, about }: Notice, buttons: boolean): readonly SlackBlock[] {
  const open: readonly SlackButton[] =
    link === null
      ? []
      : [{ type: 'button', action_id: 'sluice-open', text: plain('Open in Sluice', 75), url: link }];
  const votes = buttons && about ? commands.map((command) => voteButton(command, about.rollout)) : [];
  const elements = [...votes, ...open];
  return elements.length > 0 ? [{ type: 'actions', block_id: 'sluice-actions', elements }] : [];
}

const voteButton = (command: 'approve' | 'reject', rollout: string): SlackButton => ({
  type: 'button',
  action_id: `sluice-${command}`,
  text: plain(command === 'approve' ? 'Approve' : 'Reject', 75),
  value: rollout,
  style: command === 'approve' ? 'primary' : 'danger',
});

const plain = (text: string, length: number): PlainText => ({
  type: 'plain_text',
  text: escapedWithin(text, length),
  emoji: false,
});

/** Escapes a text and keeps it within a length: one that has much to escape is cut earlier, and never within an entity. */
function escapedWithin(text: string, length: number): string {
  const escaped = escapeSlack(boundedText(text, length));
  if (escaped.length <= length) return escaped;
  const within = escaped.slice(0, length - 1);
  return `${within.replace(/&[a-z]*$/, '')}…`;
}
