import { refusedWith } from '../rollouts/problems.ts';

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
    remedy:
      'Mend it where the keys are kept, the file of keys on the machine of the control plane or Vault, and try again.',
  });
