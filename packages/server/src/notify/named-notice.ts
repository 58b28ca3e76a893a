import { namedSentence, type SubjectNames, subjectWords } from '@sluice/core/access/subject-words.ts';
import type { Tellable } from './event-notice.ts';

/**
 * A notice that calls people what they are called. Only what people read is changed: programs find the subjects in the event,
 * and what somebody may copy into a command stays as it is.
 */
export function namedNotice({ notice, ...told }: Tellable, names: SubjectNames): Tellable {
  const { words, about } = notice;
  return {
    ...told,
    notice: {
      ...notice,
      words: {
        ...words,
        title: namedSentence(words.title, names),
        sentence: namedSentence(words.sentence, names),
      },
      about: about && { ...about, requestedBy: subjectWords(about.requestedBy, names) },
    },
  };
}
