import type { Caller } from '@sluice/core/access/caller.ts';
import { type AccessScope, decideAccess, ORGANISATION, placeOf } from '@sluice/core/access/decide-access.ts';
import type { Permission } from '@sluice/core/access/permissions.ts';
import { ROLES } from '@sluice/core/access/roles.ts';
import { median } from '../median.ts';

/** A question that is decided over and over. */
interface Question {
  readonly name: string;
  readonly caller: Caller;
  readonly permission: Permission;
  readonly scope: AccessScope;
  readonly isAllowed: boolean;
}

/** How often a question is decided in a second. */
export interface DecisionRow {
  readonly name: string;
  /** Of processor time; the medians of all rounds. */
  readonly perProcessorSecond: number;
  readonly nanosecondsEach: number;
}

const callerWith = (grants: Caller['grants']): Caller => ({
  ...{ tenant: 'default', subject: 'person:ada@example.com', name: 'Ada', groups: [], grants },
});

/** Roles that an organisation made for itself, each in a project of its own. */
const CUSTOM = Array.from({ length: 50 }, (_, index) => ({
  ...{ role: `custom-${index}`, project: `project-${index}`, environment: 'production' },
  permissions: ['delivery:read', 'delivery:release', 'delivery:steer', 'tasks:read'] as const,
}));

const everywhere = (role: keyof typeof ROLES) =>
  callerWith([{ role, permissions: ROLES[role], project: '*', environment: '*' }]);

const QUESTIONS: readonly Question[] = [
  {
    ...{ name: 'one role, everywhere', caller: everywhere('viewer'), permission: 'delivery:read' },
    ...{ scope: placeOf('shop', 'production'), isAllowed: true },
  },
  {
    ...{ name: 'an administrator, the last of all permissions', caller: everywhere('admin') },
    ...{ permission: 'metrics:read', scope: ORGANISATION, isAllowed: true },
  },
  {
    ...{ name: '50 custom roles, allowed by the first', caller: callerWith(CUSTOM) },
    ...{ permission: 'delivery:steer', scope: placeOf('project-0', 'production'), isAllowed: true },
  },
  {
    ...{ name: '50 custom roles, allowed by the last', caller: callerWith(CUSTOM) },
    ...{ permission: 'delivery:steer', scope: placeOf('project-49', 'production'), isAllowed: true },
  },
  {
    ...{ name: '50 custom roles, refused with its reason', caller: callerWith(CUSTOM) },
    ...{ permission: 'delivery:steer', scope: placeOf('project-49', 'staging'), isAllowed: false },
  },
];

/** Decisions between two looks at the clock. */
const BATCH = 10_000;

function rateOf({ caller, permission, scope, isAllowed }: Question, milliseconds: number): number {
  const before = process.cpuUsage();
  const until = performance.now() + milliseconds;
  let decided = 0;
  let wrong = 0;
  while (performance.now() < until) {
    for (let call = 0; call < BATCH; call += 1)
      if (decideAccess(caller, permission, scope).allowed !== isAllowed) wrong += 1;
    decided += BATCH;
  }
  const { user, system } = process.cpuUsage(before);
  return wrong === 0 ? (decided * 1e6) / (user + system) : Number.NaN;
}

/** Every round decides every question in turn; the first one warms up. */
export function measureDecisions(rounds: number, milliseconds: number): readonly DecisionRow[] {
  const rates = QUESTIONS.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1)
    for (const [index, question] of QUESTIONS.entries()) {
      const rate = rateOf(question, milliseconds);
      if (round > 0) rates[index]?.push(rate);
    }
  return QUESTIONS.map(({ name }, index) => {
    const perProcessorSecond = median(rates[index] ?? []);
    return { name, perProcessorSecond, nanosecondsEach: 1e9 / perProcessorSecond };
  });
}
