import type {
  AccessAnswers,
  NewTokenView,
  RoleAtView,
  TokenView,
  WhoamiView,
} from '@sluice/protocol/http/access.ts';
import type { BindingView, MemberView, ProjectView, RoleView } from '@sluice/protocol/http/members.ts';
import type { TrustView } from '@sluice/protocol/http/trusts.ts';
import type { Space } from './space.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { momentWords } from './words.ts';

/** A role with its place: `developer in shop/staging`. */
export function roleWords({ role, project, environment }: RoleAtView): string {
  if (project === '*' && environment === '*') return `${role} everywhere`;
  return `${role} in ${project === '*' ? 'all projects' : project}${environment === '*' ? '' : `, ${environment}`}`;
}

const rolesWords = (roles: readonly RoleAtView[]): string => roles.map(roleWords).join('; ');

function listed(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  { style, columns }: Space,
): readonly string[] {
  const cells = rows.map((row) => row.map(harmless));
  return table(
    titles.map((title) => ({ title })),
    cells,
  ).map((line) => cutTo(line, columns, style.symbols.more));
}

/** Who asks, with which roles. */
export function whoamiLines({ subject, name, tenant, groups, roles }: WhoamiView): readonly string[] {
  return [
    harmless(`${subject}${name === subject ? '' : ` (${name})`}, of the organisation ${tenant}`),
    ...(groups.length > 0 ? [harmless(`groups: ${groups.join(', ')}`)] : []),
    ...(roles.length > 0
      ? roles.map((role) => harmless(`  ${roleWords(role)}`))
      : ['No role: an administrator can give one with `sluice members bind`.']),
  ];
}

/** What may be done, and why not. */
export const decisionLines = ({ decisions }: AccessAnswers, { paint, symbols }: Style): readonly string[] =>
  decisions.map(({ permission, allowed, role, reason }) =>
    allowed
      ? `${paint('good', symbols.done)} yes: ${permission}, by the role ${harmless(role ?? '')}`
      : `${paint('bad', symbols.failed)} no: ${harmless(reason ?? permission)}`,
  );

const ownRoles = (subject: string): string =>
  subject.startsWith('worker:') ? 'serves this agent alone' : 'those of the person';

/** Tokens as a table. */
export const tokenTable = (tokens: readonly TokenView[], space: Space): readonly string[] =>
  tokens.length === 0
    ? ['There is no token that you may see.']
    : listed(
        ['TOKEN', 'ACTS AS', 'ROLES', 'EXPIRES', 'LAST USED', 'MADE BY'],
        tokens.map(({ name, subject, roles, expiresAt, lastUsedAt, createdBy }) => [
          name,
          subject,
          roles.length > 0 ? rolesWords(roles) : ownRoles(subject),
          expiresAt === null ? 'never' : momentWords(expiresAt),
          lastUsedAt === null ? '' : momentWords(lastUsedAt),
          createdBy,
        ]),
        space,
      );

/** A token that was made: what lets in stands alone on its line. */
export const newTokenLines = ({ token, name, expiresAt, warnings }: NewTokenView): readonly string[] => [
  token,
  `The token ${harmless(name)} ${expiresAt === null ? 'never expires' : `expires ${momentWords(expiresAt)}`}. It is not shown again.`,
  ...warnings,
];

/** Members as a table. */
export const memberTable = (members: readonly MemberView[], space: Space): readonly string[] =>
  members.length === 0
    ? ['Nobody has signed in yet.']
    : listed(
        ['MEMBER', 'NAME', 'ROLES', 'GROUPS', 'LAST SEEN'],
        members.map(({ subject, name, roles, groups, lastSeenAt }) => [
          subject,
          name,
          rolesWords(roles) || 'none',
          groups.join(', '),
          lastSeenAt === null ? '' : momentWords(lastSeenAt),
        ]),
        space,
      );

/** Who was given which role. */
export const bindingTable = (bindings: readonly BindingView[], space: Space): readonly string[] =>
  bindings.length === 0
    ? ['Nobody was given a role; tokens carry theirs themselves (`sluice token list`).']
    : listed(
        ['TO WHOM', 'ROLE', 'GIVEN BY', 'SINCE'],
        bindings.map((binding) => [
          binding.subject,
          roleWords(binding),
          binding.addedBy,
          momentWords(binding.addedAt),
        ]),
        space,
      );

/** Roles with what they allow. */
export const roleLines = (roles: readonly RoleView[], style: Style): readonly string[] =>
  roles.flatMap(({ name, builtIn, permissions }) => [
    `${style.paint('strong', harmless(name))}${builtIn ? '' : ' (your own)'}`,
    `  ${permissions.join(' ')}`,
  ]);

/** Projects with their applications. */
export const projectTable = (projects: readonly ProjectView[], space: Space): readonly string[] =>
  listed(
    ['PROJECT', 'APPLICATIONS'],
    projects.map(({ name, applications }) => [name, applications.join(', ')]),
    space,
  );

/** Whose jobs are let in. */
export const trustTable = (trusts: readonly TrustView[], space: Space): readonly string[] =>
  trusts.length === 0
    ? ['No CI system is trusted; `sluice trust add` lets its jobs in.']
    : listed(
        ['TRUST', 'ISSUER', 'AUDIENCE', 'CLAIMS', 'ROLES'],
        trusts.map(({ name, issuer, audience, claims, roles }) => [
          name,
          issuer,
          audience,
          Object.entries(claims)
            .map(([claim, value]) => `${claim}=${value}`)
            .join(' '),
          rolesWords(roles),
        ]),
        space,
      );
