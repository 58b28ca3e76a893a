/** What people call somebody, by their subject; whoever is not in it goes by the subject itself. */
export type SubjectNames = ReadonlyMap<string, string>;

/** What stands before the name in a subject that is nobody's own. */
const KINDS: Readonly<Record<string, string>> = {
  person: '',
  group: '',
  token: 'token ',
  workload: 'job ',
  worker: 'worker ',
};

const SUBJECT = /\b(?:person|group|token|workload|worker):[!-~]+/g;
/** What ends a sentence or a quotation, and no subject. */
const TAIL = /[.,;:!?)\]}'"»…]+$/;

/** Somebody in words: `Ada Lovelace`, `token ci`, `job github`; a text that is no subject stays as it is. */
export function subjectWords(subject: string, names: SubjectNames): string {
  const known = names.get(subject);
  if (known !== undefined && known !== '') return known;
  const at = subject.indexOf(':');
  const kind = at < 0 ? undefined : KINDS[subject.slice(0, at)];
  return kind === undefined || at === subject.length - 1 ? subject : `${kind}${subject.slice(at + 1)}`;
}

/** Part of a sentence: words, or somebody who is named in it. */
export type SentencePart =
  | { readonly words: string; readonly subject?: undefined }
  | { readonly words: string; readonly subject: string };

/** A sentence in its parts, with everybody in words whom it names by a subject. */
export function sentenceParts(sentence: string, names: SubjectNames): readonly SentencePart[] {
  const parts: SentencePart[] = [];
  let from = 0;
  for (const { 0: found, index } of sentence.matchAll(SUBJECT)) {
    const subject = names.has(found) ? found : found.replace(TAIL, '');
    const words = subjectWords(subject, names);
    if (words === subject) continue;
    if (index > from) parts.push({ words: sentence.slice(from, index) });
    parts.push({ words, subject });
    from = index + subject.length;
  }
  if (from < sentence.length) parts.push({ words: sentence.slice(from) });
  return parts;
}

/** A sentence with everybody in words whom it names by a subject. */
export const namedSentence = (sentence: string, names: SubjectNames): string =>
  sentenceParts(sentence, names)
    .map(({ words }) => words)
    .join('');
