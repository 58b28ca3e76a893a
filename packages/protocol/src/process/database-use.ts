import { z } from 'zod';

/**
 * How `sluice up` names the database to the control plane it starts: on the command line every user of the machine could
 * read the password. Empty, it says that the embedded one is meant, whatever DATABASE_URL says.
 */
export const DATABASE_VARIABLE = 'SLUICE_DATABASE_URL';

/** Which database a control plane keeps its state in; a URL stands there without its password. */
export const databaseUseSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('embedded') }),
  z.object({ kind: z.literal('postgresql'), url: z.string() }),
]);

/** Which database a control plane keeps its state in; a URL stands there without its password. */
export type DatabaseUse = z.infer<typeof databaseUseSchema>;

/** Describes the database of a URL, or the embedded one where there is none. */
export const databaseUse = (url: string | undefined): DatabaseUse =>
  url === undefined ? { kind: 'embedded' } : { kind: 'postgresql', url: maskedUrl(url) };

/** Whether both are the same database, as far as their addresses tell; a new password changes nothing. */
export const isSameDatabase = (one: DatabaseUse, other: DatabaseUse): boolean =>
  one.kind === 'embedded' ? other.kind === 'embedded' : other.kind === 'postgresql' && one.url === other.url;

/**
 * By patterns and not by a parser, because PostgreSQL takes addresses that no URL parser does (`user@/database?host=…`).
 * Rather too much is masked than too little: a password may hold anything but the `@` after it.
 */
const maskedUrl = (url: string): string =>
  url
    .replace(/^postgres:/, 'postgresql:')
    .replace(/^([a-z]+:\/\/[^:/?#@]*):.*@/s, '$1:***@')
    .replace(/([?&](?:ssl)?password=)[^&]*/gi, '$1***');
