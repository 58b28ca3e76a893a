/** The order number that a text names, such as `A-1234`; null where it names none. */
export const findOrder = (text: string): string | null => /\b[A-Z]-\d{4,8}\b/.exec(text)?.[0] ?? null;
