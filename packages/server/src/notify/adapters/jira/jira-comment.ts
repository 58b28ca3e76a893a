import type { Notice } from '@sluice/core/notify/notice.ts';
import { escapeWiki } from '../wording/escape.ts';
import { noticeFacts, noticeParagraphs } from '../wording/notice-facts.ts';
import { boundedText, oneLine } from '../wording/plain-words.ts';

/** Jira takes 32,767 characters for a comment. */
const PARAGRAPH_CHARACTERS = 3_000;
const TITLE_CHARACTERS = 500;

/** A document as Jira Cloud has it (Atlassian Document Format, version 1); its texts are read as they are. */
export interface AdfDocument {
  readonly type: 'doc';
  readonly version: 1;
  readonly content: readonly AdfParagraph[];
}

interface AdfParagraph {
  readonly type: 'paragraph';
  readonly content: readonly (AdfText | { readonly type: 'hardBreak' })[];
}

interface AdfText {
  readonly type: 'text';
  readonly text: string;
  readonly marks?: readonly object[];
}

/** What tells a comment of this notice from others: an attempt that is made twice finds it. */
export const commentMark = ({ event }: Notice): string => `Sluice ${boundedText(oneLine(event.id), 100)}`;

/** A notice as a comment for Jira Cloud. */
export function adfComment(notice: Notice): AdfDocument {
  const { title, paragraphs, facts } = wordsOf(notice);
  return {
    type: 'doc',
    version: 1,
    content: [
      paragraph(marked(title, { type: 'strong' })),
      ...paragraphs.map((text) => paragraph({ type: 'text', text })),
      ...(facts.length > 0 ? [paragraph(...broken(facts))] : []),
      paragraph(
        ...(notice.link === null
          ? []
          : [
              marked('Open in Sluice', { type: 'link', attrs: { href: notice.link } }),
              { type: 'text', text: ' · ' } as const,
            ]),
        marked(commentMark(notice), { type: 'code' }),
      ),
    ],
  };
}

/** A notice as a comment for Jira Data Center, in its wiki markup. */
export function wikiComment(notice: Notice): string {
  const { title, paragraphs, facts } = wordsOf(notice);
  const link =
    notice.link === null ? '' : `[Open in Sluice|${notice.link.replace(/[|\]\s]/g, encodeURIComponent)}] `;
  return [
    `*${escapeWiki(title)}*`,
    ...paragraphs.map(escapeWiki),
    ...(facts.length > 0 ? [facts.map(escapeWiki).join('\n')] : []),
    `${link}${escapeWiki(commentMark(notice))}`,
  ].join('\n\n');
}

function wordsOf(notice: Notice) {
  return {
    title: boundedText(oneLine(notice.words.title), TITLE_CHARACTERS),
    paragraphs: noticeParagraphs(notice).map((text) => boundedText(text, PARAGRAPH_CHARACTERS)),
    facts: noticeFacts(notice).map(({ name, value }) => `${name}: ${value}`),
  };
}

const paragraph = (...content: AdfParagraph['content']): AdfParagraph => ({ type: 'paragraph', content });

const marked = (text: string, mark: object): AdfText => ({ type: 'text', text, marks: [mark] });

const broken = (lines: readonly string[]): AdfParagraph['content'] =>
  lines.flatMap((text, at) => [
    ...(at > 0 ? [{ type: 'hardBreak' } as const] : []),
    { type: 'text', text } as const,
  ]);
