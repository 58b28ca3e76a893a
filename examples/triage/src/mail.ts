/** A mail to the support of a shop. */
export interface Mail {
  readonly from: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * Makes a mail of whatever a task brings.
 * @throws TypeError with what is wrong; the worker tells it as a failure of class `input`
 */
export function parseMail(value: unknown): Mail {
  const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const [from, subject, text] = ['from', 'subject', 'text'].map((name) => {
    const field = fields[name];
    if (typeof field === 'string' && field.trim() !== '') return field;
    throw new TypeError(`a mail needs the field ${name}, a text that is not empty`);
  }) as [string, string, string];
  return { from, subject, text };
}
