import type { PolicyFault } from './files/read-policies.ts';
import { notFound, refusedWith } from '../rollouts/problems.ts';

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
    detail: 'Policies are asked about a release, about objects or about a track: exactly one of them.',
    remedy: 'Give `release`, `objects` or `track`.',
  });

/** The track has nothing that policies could be asked about. */
export const nothingStands = (track: string) =>
  notFound(
    `A revision of ${track}`,
    '`sluice status` lists the tracks; what a first release would be is asked with `release`.',
  );
