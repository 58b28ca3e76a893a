import { sentenceParts, subjectWords } from '@sluice/core/access/subject-words.ts';
import { useNames } from '../api/names.ts';

/** Somebody by the name that people know; point at it for the subject. */
export function Person({ subject }: { readonly subject: string }) {
  const words = subjectWords(subject, useNames());
  return words === subject ? <>{words}</> : <span title={subject}>{words}</span>;
}

/** Somebody by the name that people know, with the subject beside it: where it matters which of two of a name is meant. */
export function Named({ subject }: { readonly subject: string }) {
  const words = subjectWords(subject, useNames());
  return words === subject ? (
    <span className="mono">{subject}</span>
  ) : (
    <>
      {words} <span className="small muted mono">{subject}</span>
    </>
  );
}

/** A sentence in which everybody goes by the name that people know. */
export function Sentence({ text }: { readonly text: string }) {
  const parts = sentenceParts(text, useNames());
  return (
    <>
      {parts.map(({ words, subject }, at) =>
        subject === undefined ? (
          words
        ) : (
          <span key={at} title={subject}>
            {words}
          </span>
        ),
      )}
    </>
  );
}
