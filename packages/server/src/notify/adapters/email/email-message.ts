import { createHash } from 'node:crypto';
import type { Notice } from '@sluice/core/notify/notice.ts';
import { escapeHtml } from '../wording/escape.ts';
import { noticeFacts, noticeParagraphs } from '../wording/notice-facts.ts';
import { boundedText, oneLine } from '../wording/plain-words.ts';

/** A mail before it is encoded. */
export interface EmailMessage {
  readonly subject: string;
  readonly messageId: string;
  /** The first mail of the same rollout, which this one answers; null for that one itself. */
  readonly inReplyTo: string | null;
  readonly text: string;
  readonly html: string;
}

/** A subject that a list of mails shows whole. */
const SUBJECT_CHARACTERS = 150;
const PARAGRAPH_CHARACTERS = 8_000;

/**
 * Puts a notice into a mail. All mails of a rollout have one subject, because some programs make threads of equal subjects
 * and not of references alone; what happened is the first line, which lists of mails show beside it.
 */
export function emailMessage(notice: Notice, from: string): EmailMessage {
  const { about, words, link, earlier, event } = notice;
  const title = oneLine(words.title);
  const subject = about
    ? `[${about.environment}] ${about.application}/${about.component} ${about.version}`
    : title;
  const paragraphs = noticeParagraphs(notice).map((text) => boundedText(text, PARAGRAPH_CHARACTERS));
  const facts = noticeFacts(notice);
  const lines = [
    boundedText(title, PARAGRAPH_CHARACTERS),
    ...paragraphs,
    facts.map(({ name, value }) => `${name}: ${value}`).join('\n'),
    link ?? '',
  ];
  return {
    subject: boundedText(oneLine(subject), SUBJECT_CHARACTERS),
    messageId: messageIdOf(event.source, event.id, from),
    inReplyTo: isMessageId(earlier) ? earlier : null,
    text: `${lines.filter((line) => line !== '').join('\n\n')}\n`,
    html: htmlOf(lines[0] ?? '', paragraphs, { facts, link }),
  };
}

/** The same at each attempt, so that a mail that arrives twice is known as one; by a hash, as ids may hold anything. */
function messageIdOf(source: string, id: string, from: string): string {
  const digest = createHash('sha256').update(`${source}\n${id}`).digest('hex').slice(0, 40);
  return `<${digest}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

const isMessageId = (reference: string | null): reference is string =>
  reference !== null && /^<[A-Za-z0-9.-]{1,200}@[A-Za-z0-9.-]{1,255}>$/.test(reference);

function htmlOf(
  title: string,
  paragraphs: readonly string[],
  { facts, link }: { readonly facts: ReturnType<typeof noticeFacts>; readonly link: string | null },
): string {
  const rows = facts.map(
    ({ name, value }) =>
      `<tr><td style="padding:0 12px 0 0;color:#666">${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return [
    '<!doctype html><html><body style="font-family:sans-serif;font-size:14px">',
    `<p><strong>${escapeHtml(title)}</strong></p>`,
    ...paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`),
    ...(rows.length > 0 ? [`<table style="font-size:14px">${rows.join('')}</table>`] : []),
    ...(link === null ? [] : [`<p><a href="${escapeHtml(link)}">Open in Sluice</a></p>`]),
    '</body></html>',
  ].join('\n');
}
