import { type Refused, refusedAt, refusedWith, notFound } from '../rollouts/problems.ts';

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
  refusedAt(
    '/body/until',
    refusedWith(422, 'empty-span', {
      title: 'The freeze would never hold',
      detail: 'It ends before it begins, or has ended already.',
      remedy: 'Choose a later `until`, or leave it out to freeze until somebody lifts it.',
    }),
  );

/** Names are what freezes are lifted by. */
export const nameTaken = (name: string): Refused =>
  refusedAt(
    '/body/name',
    refusedWith(409, 'name-taken', {
      title: 'Name taken',
      detail: `There is a freeze ${name} already, which holds or will.`,
      remedy: 'Lift it with `sluice unfreeze`, or choose another name.',
    }),
  );

/** Times that nobody can read. */
export const noSuchTimes = (times: string): Refused =>
  refusedAt(
    '/body/times',
    refusedWith(422, 'invalid-times', {
      title: 'The times cannot be read',
      detail: `"${times}" is not days and hours of the week.`,
      remedy: 'Write for example `mon-fri 09:00-17:00`, `sat,sun`, or `daily 22:00-02:00`.',
    }),
  );

/** A zone that is in no list. */
export const noSuchZone = (zone: string): Refused =>
  refusedAt(
    '/body/zone',
    refusedWith(422, 'invalid-zone', {
      title: 'No such time zone',
      detail: `"${zone}" is no name of the IANA time zone database.`,
      remedy: 'Write for example `Europe/Berlin` or `UTC`.',
    }),
  );

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
  refusedAt(
    '/body/approvers',
    refusedWith(422, 'invalid-approvers', {
      title: 'The approvers cannot be read',
      detail: `"${approvers}" does not say how many approvals of whom.`,
      remedy: 'Write for example `1 of sre`, `2 of managers or sre`, or `2` of whoever may approve.',
    }),
  );

/** What is declared holds no further than one's rights. */
export const mayNotDeclare = (reason: string): Refused =>
  refusedWith(403, 'forbidden', {
    title: 'Forbidden',
    detail: `${reason}.`,
    remedy:
      'Declare it for a project or an environment in which you have gates:manage; `sluice can-i gates:manage --project …` says where.',
  });

/** One organisation does not lift what holds in all. */
export const holdsInEveryOrganisation = (name: string): Refused =>
  refusedWith(409, 'holds-in-every-organisation', {
    title: 'It holds in every organisation',
    detail: `The freeze ${name} was declared by whoever runs the control plane.`,
    remedy: `They lift it with \`sluice unfreeze ${name} --system\`. Hot-fixes pass it with one approval more.`,
  });

/** Names of one organisation mean nothing in another. */
export const systemScope = (): Refused =>
  refusedWith(422, 'system-scope', {
    title: 'Too narrow for every organisation',
    detail: 'Projects, applications and components are named by each organisation for itself.',
    remedy: 'Name an environment, or nothing to freeze everything.',
  });
