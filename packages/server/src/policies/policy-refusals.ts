import type { Problem } from '@sluice/protocol/http/views.ts';
import type { PolicyFault } from './files/read-policies.ts';

interface Refused {
  readonly ok: false;
  readonly refusal: Problem;
}

const refusedWith = (
  status: number,
  code: string,
  words: Pick<Problem, 'title' | 'detail' | 'remedy'>,
): Refused => ({ ok: false, refusal: { type: `urn:sluice:problem:${code}`, status, code, ...words } });

/** Nobody has added a policy of this name. */
export const unknownPolicy = (name: string) =>
  refusedWith(404, 'not-found', {
    title: 'Not found',
    detail: `The policy ${name} is not known.`,
    remedy: '`sluice policies list` shows those in force.',
  });

/** The file has faults; nothing of it was added. */
export const invalidFile = (file: string, faults: readonly PolicyFault[]) =>
  refusedWith(422, 'invalid-policy', {
    title: `${file} cannot be used`,
    detail: faults
      .map(({ line, path, message }) => `line ${line}: ${path === '' ? '' : `${path}: `}${message}`)
      .join('\n'),
    remedy: 'Correct the lines above; `sluice policies check` reads the file without adding anything.',
  });

/** It is not said what to add. */
export const noFile = () =>
  refusedWith(422, 'no-policies', {
    title: 'Nothing to add',
    detail: 'Either a file of policies is added or the starter set; one of the two, and not both.',
    remedy: 'Give `text`, or `starter: true`.',
  });

/** There would be too many. */
export const tooMany = (most: number) =>
  refusedWith(409, 'too-many-policies', {
    title: 'Too many policies',
    detail: `At most ${most} policies can be in force, because each is asked at each release.`,
    remedy: 'Remove some with `sluice policies remove`, or put several validations into one policy.',
  });

/** A question names neither a release nor objects. */
export const nothingToTest = () =>
  refusedWith(422, 'nothing-to-test', {
    title: 'Nothing to ask about',
    detail: 'Policies are asked either about a release or about objects; one of the two, and not both.',
    remedy: 'Give `release`, or `objects`.',
  });
