import type { Refusal } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';

interface Refused {
  readonly ok: false;
  readonly refusal: Problem;
}

const refusedWith = (
  status: number,
  code: string,
  words: Pick<Problem, 'title' | 'detail' | 'remedy'>,
): Refused => ({ ok: false, refusal: { type: `urn:sluice:problem:${code}`, status, code, ...words } });

const notFound = (what: string, remedy: string): Refused =>
  refusedWith(404, 'not-found', { title: 'Not found', detail: `${what} is not known.`, remedy });

/** A refusal from core as a conflict with the present state. */
export const refusedByState = ({ code, message, remedy }: Refusal): Refused =>
  refusedWith(409, code, { title: 'Not possible now', detail: message, remedy });

/** Nobody has released it. */
export const unknownTrack = (id: string): Refused =>
  notFound(`The track ${id}`, '`sluice status` lists what there is.');

/** There is no freeze of the name. */
export const unknownFreeze = (name: string): Refused =>
  notFound(`The freeze ${name}`, '`sluice freezes` lists those that hold or will.');

/** There is no window of the name. */
export const unknownWindow = (name: string): Refused =>
  notFound(`The window ${name}`, '`sluice windows` lists them.');

/** Whoever is told no wants to know why. */
export const reasonMissing = (): Refused =>
  refusedWith(422, 'reason-missing', {
    title: 'A reason is missing',
    detail: 'A rejection ends the release, and whoever asked for it is told nothing but the reason.',
    remedy: 'Say why, with `reason`, or `sluice reject --reason "..."`.',
  });

/** A freeze that ends before it begins, or is over. */
export const emptySpan = (): Refused =>
  refusedWith(422, 'empty-span', {
    title: 'The freeze would never hold',
    detail: 'It ends before it begins, or has ended already.',
    remedy: 'Choose a later `until`, or leave it out to freeze until somebody lifts it.',
  });

/** Names are what freezes are lifted by. */
export const nameTaken = (name: string): Refused =>
  refusedWith(409, 'name-taken', {
    title: 'Name taken',
    detail: `There is a freeze ${name} already, which holds or will.`,
    remedy: 'Lift it with `sluice unfreeze`, or choose another name.',
  });

/** Times that nobody can read. */
export const noSuchTimes = (times: string): Refused =>
  refusedWith(422, 'invalid-times', {
    title: 'The times cannot be read',
    detail: `"${times}" is not days and hours of the week.`,
    remedy: 'Write for example `mon-fri 09:00-17:00`, `sat,sun`, or `daily 22:00-02:00`.',
  });

/** A zone that is in no list. */
export const noSuchZone = (zone: string): Refused =>
  refusedWith(422, 'invalid-zone', {
    title: 'No such time zone',
    detail: `"${zone}" is no name of the IANA time zone database.`,
    remedy: 'Write for example `Europe/Berlin` or `UTC`.',
  });

/** All of them are looked at for each rollout. */
export const tooMany = (what: string): Refused =>
  refusedWith(409, 'too-many', {
    title: `Too many ${what}`,
    detail: `There are as many ${what} as there may be.`,
    remedy: 'Remove some that nobody needs any more.',
  });

/** There is no rule of approval of the name. */
export const unknownRule = (name: string): Refused =>
  notFound(`The rule of approval ${name}`, '`sluice approvers list` shows them.');

/** Nobody has said how much may fail. */
export const noBudget = (id: string): Refused =>
  notFound(
    `An error budget of ${id}`,
    'Declare one with `error-budget: { objective: 99.9% }` under its environment, and release it.',
  );

/** A demand that nobody can read. */
export const noSuchApprovers = (approvers: string): Refused =>
  refusedWith(422, 'invalid-approvers', {
    title: 'The approvers cannot be read',
    detail: `"${approvers}" does not say how many approvals of whom.`,
    remedy: 'Write for example `1 of sre`, `2 of managers or sre`, or `2` of whoever may approve.',
  });
