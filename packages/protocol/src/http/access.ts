/** Who may do what: tokens, members, roles and projects. */
import { PERMISSIONS, type Permission } from '@sluice/core/access/permissions.ts';
import { z } from 'zod';
import { ID_RULES } from './id-rules.ts';
import { pageSchemaOf } from './page-schema.ts';

const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');
const moment = (what: string) => z.int().describe(`${what}, in milliseconds since the epoch.`);

/** A permission, by its name. */
export const permissionSchema = z
  .enum(Object.keys(PERMISSIONS) as [Permission, ...Permission[]])
  .describe('What somebody may do.');

/** The names of roles, projects, tokens and trusts. */
export const accessNameSchema = z
  .string()
  .regex(ID_RULES.name)
  .describe('A name of letters, digits, ".", "_" and "-", at most 100 long.');

const place = (what: string) =>
  z
    .string()
    .regex(/^(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,99})$/)
    .default('*')
    .describe(`${what}, or \`*\` for all.`);

/** A role, and where it counts. */
export const roleAtSchema = z
  .strictObject({
    role: accessNameSchema,
    project: place('A project'),
    environment: place('An environment'),
  })
  .meta({ id: 'RoleAt' });
/** A role at a place, on the wire. */
export type RoleAtView = z.infer<typeof roleAtSchema>;

/** Whom roles are given to. */
export const subjectSchema = z
  .string()
  .regex(/^(person|group|workload):[!-~]([ -~]{0,178}[!-~])?$/)
  .describe('`person:ada@example.com`, `group:shop-team` or `workload:ci`.');

/** The most days for which a token may be valid that does expire. */
export const MOST_TOKEN_DAYS = 366;

/** Asks for a token. */
export const tokenRequestSchema = z
  .strictObject({
    name: accessNameSchema,
    roles: z.array(roleAtSchema).min(1).max(20).describe('What it may do; nothing that its maker may not.'),
    expiresInDays: z
      .int()
      .min(1)
      .max(MOST_TOKEN_DAYS)
      .nullable()
      .default(90)
      .describe('Null: never, for which access:manage is needed.'),
    by,
  })
  .meta({ id: 'TokenRequest' });
/** A request for a token, with every default filled in. */
export type TokenRequest = z.infer<typeof tokenRequestSchema>;

/** A token; what lets in is not part of it. */
export const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    subject: z.string().describe('As whom it acts.'),
    roles: z.array(roleAtSchema).describe('Empty for one that acts with the roles of a person.'),
    createdBy: z.string(),
    createdAt: moment('When it was made'),
    expiresAt: moment('When it expires').nullable().describe('Null: never.'),
    lastUsedAt: moment('When it was last used, to the minute').nullable(),
  })
  .meta({ id: 'Token' });
/** A token on the wire. */
export type TokenView = z.infer<typeof tokenSchema>;

/** A token with what lets in, which is shown this once. */
export const newTokenSchema = tokenSchema
  .extend({
    token: z.string().describe('What lets in. It is not kept and cannot be shown again.'),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'NewToken' });
/** A token with what lets in. */
export type NewTokenView = z.infer<typeof newTokenSchema>;

/** Tokens in the order of their names. */
export const tokenPageSchema = pageSchemaOf(tokenSchema).meta({ id: 'TokenPage' });

/** Who somebody is. */
export const whoamiSchema = z
  .object({
    tenant: z.string(),
    subject: z.string(),
    name: z.string(),
    groups: z.array(z.string()),
    roles: z.array(roleAtSchema.extend({ permissions: z.array(permissionSchema) })),
    csrf: z
      .string()
      .nullable()
      .describe('What a session has to show in `X-Csrf-Token` with every change; null without a session.'),
    sessionEndsAt: moment('When the session ends at the latest').nullable(),
  })
  .meta({ id: 'Whoami' });
/** Who somebody is. */
export type WhoamiView = z.infer<typeof whoamiSchema>;

/** Asks what the caller may do. */
export const accessQuestionsSchema = z
  .strictObject({
    questions: z
      .array(
        z.strictObject({
          permission: permissionSchema,
          project: accessNameSchema.optional().describe('Without it the project of the application.'),
          application: accessNameSchema.optional(),
          environment: accessNameSchema.optional(),
        }),
      )
      .min(1)
      .max(100),
  })
  .meta({ id: 'AccessQuestions' });
/** Questions of what the caller may do. */
export type AccessQuestions = z.infer<typeof accessQuestionsSchema>;

/** What the caller may do. */
export const accessAnswersSchema = z
  .object({
    subject: z.string(),
    decisions: z
      .array(
        z.object({
          permission: permissionSchema,
          project: z.string().nullable().describe('Null, as the environment: for the whole organisation.'),
          environment: z.string().nullable(),
          allowed: z.boolean(),
          role: z.string().nullable().describe('The role that allows it.'),
          reason: z.string().nullable().describe('Why it is not allowed.'),
        }),
      )
      .describe('In the order of the questions.'),
  })
  .meta({ id: 'AccessAnswers' });
/** What the caller may do. */
export type AccessAnswers = z.infer<typeof accessAnswersSchema>;

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

/** What a browser is let in with: a token. */
export const tokenLoginSchema = z
  .strictObject({ token: z.string().min(1).max(200).describe('A token of Sluice.') })
  .meta({ id: 'TokenLogin' });

/** A session that has begun; the cookie is in the headers. */
export const sessionOpenedSchema = z
  .object({
    subject: z.string(),
    csrf: z.string().describe('To be shown in `X-Csrf-Token` with each change.'),
    endsAt: moment('When it ends at the latest'),
  })
  .meta({ id: 'SessionOpened' });

/** How people can sign in. */
export const signInMethodsSchema = z
  .object({
    provider: z.string().nullable().describe('How the identity provider is called; null without one.'),
    login: z.string().nullable().describe('Where a browser goes to sign in by it.'),
  })
  .meta({ id: 'SignInMethods' });

/** A session that has ended. */
export const signedOutSchema = z
  .object({
    url: z.string().nullable().describe('Where the browser signs out at the identity provider too.'),
    sessions: z.int().describe('How many sessions ended.'),
  })
  .meta({ id: 'SignedOut' });

/** What a browser has brought to the command line. */
export const loginCodeSchema = z
  .strictObject({
    code: z.string().min(1).max(200),
    verifier: z.string().min(43).max(128).describe('What belongs to the challenge (RFC 7636).'),
  })
  .meta({ id: 'LoginCode' });

/** What a job shows. */
export const workloadLoginSchema = z
  .strictObject({
    token: z.string().min(1).max(16_384).describe('The ID token that the CI system gave the job.'),
    organisation: accessNameSchema.default('default'),
    trust: accessNameSchema.optional().describe('The trust that is meant; the first that fits without.'),
  })
  .meta({ id: 'WorkloadLogin' });

const claimName = z.string().min(1).max(100);

/** Trusts the jobs of an issuer. */
export const trustRequestSchema = z
  .strictObject({
    issuer: z
      .string()
      .max(500)
      .regex(/^https?:\/\/[^\s?#@]+$/)
      .describe('As it calls itself: `https://token.actions.githubusercontent.com`.'),
    audience: z.string().min(1).max(500).describe('For whom its tokens have to be.'),
    claims: z
      .record(claimName, z.string().min(1).max(500))
      .refine((claims) => Object.keys(claims).length > 0 && Object.keys(claims).length <= 20)
      .describe('What its tokens have to say, 1 to 20 claims; `*` stands for anything.'),
    roles: z.array(roleAtSchema).min(1).max(20),
    by,
  })
  .meta({ id: 'TrustRequest' });
/** A request to trust an issuer. */
export type TrustRequest = z.infer<typeof trustRequestSchema>;

/** Whose jobs are let in. */
export const trustSchema = z
  .object({
    name: z.string(),
    issuer: z.string(),
    audience: z.string(),
    claims: z.record(z.string(), z.string()),
    roles: z.array(roleAtSchema),
    addedBy: z.string(),
    addedAt: moment('When it was added'),
  })
  .meta({ id: 'Trust' });
/** A trust on the wire. */
export type TrustView = z.infer<typeof trustSchema>;
/** All trusts, in the order of their names. */
export const trustListSchema = z.object({ items: z.array(trustSchema) }).meta({ id: 'TrustList' });
