import type { Notice } from '@sluice/core/notify/notice.ts';
import { boundedText, oneLine } from './plain-words.ts';

/** A short thing to know, by its name. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** The longest value of a fact, in characters; a commit message can be a page. */
const VALUE_CHARACTERS = 200;
/** As many digits of a commit as people read. */
const COMMIT_DIGITS = 12;

/** What a reader wants to know beside the sentence, in the order of reading; values are in one line and not yet escaped. */
export function noticeFacts({ about }: Notice): readonly Fact[] {
  if (!about) return [];
  const { environment, application, component, version, requestedBy, source } = about;
  const change = [source?.commit?.slice(0, COMMIT_DIGITS), source?.message?.split('\n')[0]]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
  return [
    { name: 'Environment', value: environment },
    { name: 'Component', value: `${application}/${component}` },
    { name: 'Version', value: version },
    { name: 'Asked for by', value: requestedBy },
    { name: 'Change', value: change },
    { name: 'Repository', value: source?.repository ?? '' },
  ].flatMap(({ name, value }) => {
    const words = boundedText(oneLine(value), VALUE_CHARACTERS);
    return words === '' ? [] : [{ name, value: words }];
  });
}

/** A notice's sentences in the order of reading: what happened and why, what happens next, what the reader can do. */
export function noticeParagraphs({ words }: Notice): readonly string[] {
  const { sentence, next, action } = words;
  return [sentence, next, action].flatMap((paragraph) => (paragraph ? [oneLine(paragraph)] : []));
}
