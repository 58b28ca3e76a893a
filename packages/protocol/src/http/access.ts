/** Who may do what: tokens, members, roles and projects. */
import { z } from 'zod';
import { ID_RULES } from './id-rules.ts';
import { pageSchemaOf } from './page-schema.ts';

const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');
const moment = (what: string) => z.int().describe(`${what}, in milliseconds since the epoch.`);

/** A permission, by its name. */
export const permissionSchema = z
  .string()
  .max(100)
  .regex(/^[a-z]+:[a-z-]+$/)
  .describe('What somebody may do: `delivery:release`.');

/** The names of roles, projects, tokens and trusts. */
export const accessNameSchema = z
  .string()
  .regex(ID_RULES.name, 'is no name of letters, digits, ".", "_" and "-"')
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
    roles: z
      .array(roleAtSchema)
      .describe('Empty for one that acts with the roles of a person, or serves the tasks of one agent.'),
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
