import type { RoleAtView } from '@sluice/protocol/http/access.ts';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';

/** Where a role counts, as options. */
export interface PlaceOptions {
  readonly project?: string;
  readonly env?: string;
}

/** Roles, and where those count that do not say so themselves. */
export interface RoleOptions extends PlaceOptions {
  readonly role?: readonly string[];
}

/** Adds the options that say where a role counts. */
export const withPlace = (command: Command): Command =>
  command
    .option('--project <name>', 'only in this project (default: in all)')
    .option('--env <name>', 'only in this environment (default: in all)');

/** Adds the options that name roles. */
export const withRoles = (command: Command): Command =>
  withPlace(
    command.option(
      '--role <role>',
      'a role, or ROLE@PROJECT or ROLE@PROJECT/ENVIRONMENT; can be given more than once',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    ),
  );

/** Reads the roles that options name. */
export function rolesIn({ role = [], ...place }: RoleOptions): Outcome<readonly RoleAtView[]> {
  if (role.length === 0)
    return refusal(EXIT.refusedInput, 'no-role', {
      detail: 'It is not said with which role.',
      remedy: 'Give for example `--role developer --project shop`; `sluice roles list` shows all roles.',
    });
  return { ok: true, value: role.map((text) => roleAt(text, place)) };
}

/** A role at a place. */
export function roleAt(text: string, { project = '*', env = '*' }: PlaceOptions): RoleAtView {
  const [role = '', at] = text.split('@', 2);
  if (at === undefined) return { role, project, environment: env };
  const [named = '*', environment = '*'] = at.split('/', 2);
  return { role, project: named, environment };
}
