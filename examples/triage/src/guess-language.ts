import { wordsOf } from './words-of.ts';

/** A language in which mails come. */
export type Language = 'en' | 'de' | 'fr';

/** Words that are frequent in one language and rare in the others. */
const MARKS: Readonly<Record<Language, readonly string[]>> = {
  en: ['the', 'and', 'my', 'is', 'have', 'please', 'not', 'with', 'your'],
  de: ['der', 'die', 'das', 'und', 'ich', 'nicht', 'ist', 'mein', 'meine', 'bitte', 'habe'],
  fr: ['le', 'la', 'les', 'et', 'je', 'ne', 'pas', 'mon', 'ma', 'est', 'vous', 'bonjour'],
};

/** The language with the most of its marks in a text; English where no mark is found. */
export function guessLanguage(text: string): Language {
  const words = wordsOf(text);
  const counts = (Object.keys(MARKS) as Language[]).map((language) => ({
    language,
    count: words.filter((word) => MARKS[language].includes(word)).length,
  }));
  return counts.reduce((most, one) => (one.count > most.count ? one : most)).language;
}
