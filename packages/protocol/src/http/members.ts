/** Members, roles and projects. */
import { z } from 'zod';
import { permissionSchema, roleAtSchema } from './access.ts';
import { pageSchemaOf } from './page-schema.ts';

const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');
const moment = (what: string) => z.int().describe(`${what}, in milliseconds since the epoch.`);

/** Whom roles are given to. */
export const subjectSchema = z
  .string()
  .regex(/^(person|group|workload):[!-~]([ -~]{0,178}[!-~])?$/)
  .describe('`person:ada@example.com`, `group:shop-team` or `workload:ci`.');

/** Somebody who has signed in, or was given a role. */
export const memberSchema = z
  .object({
    subject: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    groups: z.array(z.string()).describe('As the identity provider said at the last login.'),
    addedAt: moment('When they first came'),
    lastSeenAt: moment('When they last signed in').nullable(),
    roles: z.array(roleAtSchema).describe('Those of their own and those of their groups.'),
  })
  .meta({ id: 'Member' });
/** A member on the wire. */
export type MemberView = z.infer<typeof memberSchema>;
/** Members in the order of their subjects. */
export const memberPageSchema = pageSchemaOf(memberSchema).meta({ id: 'MemberPage' });

/** What people call the subjects that stand in answers. */
export const nameListSchema = z
  .object({ items: z.array(z.object({ subject: z.string(), name: z.string() })) })
  .meta({ id: 'NameList' });

/** Makes a role of one's own, or changes it. */
export const roleRequestSchema = z
  .strictObject({ permissions: z.array(permissionSchema).min(1).max(100), by })
  .meta({ id: 'RoleRequest' });
/** A request to make a role. */
export type RoleRequest = z.infer<typeof roleRequestSchema>;

/** A role, and what it allows. */
export const roleSchema = z
  .object({ name: z.string(), builtIn: z.boolean(), permissions: z.array(permissionSchema) })
  .meta({ id: 'Role' });
/** A role on the wire. */
export type RoleView = z.infer<typeof roleSchema>;
/** All roles: the built-in ones first. */
export const roleListSchema = z.object({ items: z.array(roleSchema) }).meta({ id: 'RoleList' });

/** Gives somebody a role. */
export const bindingRequestSchema = roleAtSchema
  .extend({ subject: subjectSchema, by })
  .meta({ id: 'RoleBindingRequest' });
/** A request to give somebody a role. */
export type BindingRequest = z.infer<typeof bindingRequestSchema>;

/** Who has which role where. */
export const bindingSchema = roleAtSchema
  .extend({ subject: z.string(), addedBy: z.string(), addedAt: moment('When it was given') })
  .meta({ id: 'RoleBinding' });
/** A role that somebody was given. */
export type BindingView = z.infer<typeof bindingSchema>;
/** All roles that were given, in the order of their subjects. */
export const bindingListSchema = z.object({ items: z.array(bindingSchema) }).meta({ id: 'RoleBindingList' });

/** A project with its applications. */
export const projectSchema = z
  .object({
    name: z.string(),
    applications: z.array(z.string()).describe('`default` also holds all that are in no project.'),
  })
  .meta({ id: 'Project' });
/** A project on the wire. */
export type ProjectView = z.infer<typeof projectSchema>;
/** All projects, in the order of their names. */
export const projectListSchema = z.object({ items: z.array(projectSchema) }).meta({ id: 'ProjectList' });
