import type { Caller } from '@sluice/core/access/caller.ts';
import { PERMISSIONS } from '@sluice/core/access/permissions.ts';
import { notFound, refusedWith } from '../rollouts/problems.ts';

/** Nobody gives away what they do not have. */
export const beyondOwn = (role: string, where: string) =>
  refusedWith(403, 'beyond-own-rights', {
    title: 'Forbidden',
    detail: `The role ${role} ${where} allows more than you may yourself, and nobody gives more than they have.`,
    remedy: 'Give a smaller role or a narrower place, or ask somebody with the role admin.',
  });

/** A role that is not there. */
export const unknownRole = (role: string) =>
  refusedWith(422, 'unknown-role', {
    title: 'Unknown role',
    detail: `There is no role ${role}.`,
    remedy: '`sluice roles list` shows all, and `sluice roles put` makes one.',
  });

/** A built-in role is as it is. */
export const builtInRole = (role: string) =>
  refusedWith(422, 'built-in-role', {
    title: 'Built-in role',
    detail: `The role ${role} comes with Sluice and is the same everywhere.`,
    remedy: 'Make one with another name: `sluice roles put`.',
  });

/** Somebody still has it. */
export const roleInUse = (role: string, holders: readonly string[]) =>
  refusedWith(409, 'role-in-use', {
    title: 'Role in use',
    detail: `The role ${role} is held by ${holders.slice(0, 5).join(', ')}${holders.length > 5 ? ` and ${holders.length - 5} more` : ''}.`,
    remedy: 'Take it from them first: `sluice members unbind`, `sluice token revoke`.',
  });

/** There would be nobody left who could give it back. */
export const lastAdmin = (subject: string) =>
  refusedWith(409, 'last-admin', {
    title: 'Last admin',
    detail: `${subject} is the last with the role admin everywhere; nobody could give it back.`,
    remedy:
      'Give the role admin to a member who has signed in (`sluice members bind person:… admin`), or make a token with it that never expires.',
  });

/** Two tokens of one name could not be told apart in the ledger. */
export const tokenExists = (name: string) =>
  refusedWith(409, 'token-exists', {
    title: 'Token exists',
    detail: `There is a token ${name} already.`,
    remedy: `Choose another name, or revoke it first: \`sluice token revoke ${name}\`.`,
  });

/** Only admins make what never expires. */
export const mustExpire = () =>
  refusedWith(403, 'must-expire', {
    title: 'Forbidden',
    detail: 'Only somebody with access:manage makes a token that never expires.',
    remedy: 'Give a number of days: `sluice token create NAME --expires 90d`.',
  });

/** What was lent for a while is not turned into something for good. */
export const mustNotOutlast = ({ subject }: Caller) =>
  refusedWith(403, 'beyond-own-rights', {
    title: 'Forbidden',
    detail: `What lets ${subject} in ends before the token would, and nobody gives more than they have.`,
    remedy: 'Give fewer days (`--expires 1d`), or ask a person, or a token that is good for longer.',
  });

/** Somebody else's token. */
export const notYourToken = (token: string) =>
  refusedWith(403, 'forbidden', {
    title: 'Forbidden',
    detail: `The token ${token} is not yours.`,
    remedy: 'Ask somebody with the role admin to revoke it.',
  });

/** None of this name. */
export const unknownToken = (token: string) =>
  notFound(`The token ${token}`, '`sluice token list` shows those that are not revoked.');

/** Nobody of this name. */
export const unknownMember = (subject: string) =>
  notFound(`The member ${subject}`, '`sluice members list` shows everybody who has signed in.');

/** It was not given. */
export const unknownBinding = (subject: string, role: string) =>
  notFound(`That ${subject} has the role ${role} there`, '`sluice members bindings` shows what was given.');

/** None of this name. */
export const unknownTrust = (name: string) => notFound(`The trust ${name}`, '`sluice trust list` shows all.');

/** Keys that others can replace on the way prove nothing. */
export const unsafeIssuer = (issuer: string) =>
  refusedWith(422, 'unsafe-issuer', {
    title: 'Unsafe issuer',
    detail: `The issuer ${issuer} is not reached by https.`,
    remedy: 'Give the issuer as it calls itself in its tokens, with https.',
  });

/** What is not in the table cannot be given. */
export const unknownPermission = (permission: string) =>
  refusedWith(422, 'unknown-permission', {
    title: 'Unknown permission',
    detail: `There is no permission ${permission}.`,
    remedy: `Take some of ${Object.keys(PERMISSIONS).join(', ')}.`,
  });
