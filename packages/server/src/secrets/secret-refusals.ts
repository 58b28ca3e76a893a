import type { Problem } from '@sluice/protocol/http/views.ts';

const refusedWith = (
  status: number,
  code: string,
  words: Pick<Problem, 'title' | 'detail' | 'remedy'>,
): { readonly ok: false; readonly refusal: Problem } => ({
  ok: false,
  refusal: { type: `urn:sluice:problem:${code}`, status, code, ...words },
});

/** Nobody has set a secret of this name. */
export const unknownSecret = (name: string) =>
  refusedWith(404, 'not-found', {
    title: 'Not found',
    detail: `The secret ${name} is not known.`,
    remedy: '`sluice secrets list` shows the names of all.',
  });

/** The keys cannot be read or written. */
export const keysUnusable = (why: string) =>
  refusedWith(409, 'keys-unusable', {
    title: 'The keys cannot be used',
    detail: `Nothing was changed: ${why}.`,
    remedy: 'Mend the file of keys on the machine of the control plane, and try again.',
  });
