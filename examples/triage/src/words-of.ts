/** The words of a text in small letters, in order; accents stay. */
export const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/\p{L}+/gu) ?? [];
