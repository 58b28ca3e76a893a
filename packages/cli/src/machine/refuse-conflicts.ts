import { type DatabaseUse, databaseUse, isSameDatabase } from '@sluice/protocol/process/database-use.ts';
import { EXIT } from '../exit-codes.ts';
import type { Refused } from '../refused.ts';
import type { FoundMachine } from './find-machine.ts';

/** What a person asked `up` for in so many words; what they left out may be as it is. */
export interface Asked {
  readonly directory: string;
  /** 0 asks for any. */
  readonly routerPort?: number | undefined;
  /** 0 asks for any. */
  readonly apiPort?: number | undefined;
  readonly routerWorkers?: number | undefined;
  /** What of private networks the control plane may call. */
  readonly allowOutgoing?: string | undefined;
  readonly database: AskedDatabase | undefined;
  /** Another database than before is wanted. */
  readonly changeDatabase: boolean;
}

/** A database that was named, and where. */
export interface AskedDatabase {
  readonly url: string;
  readonly from: '--database-url' | 'DATABASE_URL';
}

/** Why a machine cannot be as it was asked for, instead of silently being otherwise; undefined when it can. */
export const refuseConflicts = (asked: Asked, found: FoundMachine): Refused | undefined =>
  refuseChanges(asked, found) ?? refuseDatabase(asked, found);

/** Ports and workers belong to a process from its start. */
function refuseChanges(asked: Asked, { host, server, record }: FoundMachine): Refused | undefined {
  const faults = [
    differs(
      asked.routerPort,
      host?.announced?.routerPort,
      (is, not) => `the router listens on port ${is}, not ${not}`,
    ),
    differs(
      asked.apiPort,
      server?.announced?.apiPort,
      (is, not) => `the API listens on port ${is}, not ${not}`,
    ),
    differs(
      asked.routerWorkers,
      host?.announced?.routerWorkers,
      (is, not) => `--router-workers is ${is}, not ${not}`,
    ),
    differs(
      asked.allowOutgoing,
      server && (record?.allowOutgoing ?? ''),
      (is, not) => `--allow-outgoing is ${quoted(is)}, not ${quoted(not)}`,
    ),
  ].flat();
  if (faults.length === 0) return undefined;
  return {
    exitCode: EXIT.refusedByState,
    code: 'already-up',
    detail: `Sluice is up already from ${asked.directory}, and this cannot be changed while it runs: ${faults.join('; ')}.`,
    remedy:
      'Leave the option out, or run `sluice down` first; what is deployed does not answer until the next `up`.',
  };
}

const quoted = (list: string): string => (list === '' ? 'empty' : list);

function differs<Value extends number | string>(
  asked: Value | undefined,
  is: Value | undefined,
  words: (is: Value, not: Value) => string,
): readonly string[] {
  if (asked === undefined || asked === 0 || is === undefined || asked === is) return [];
  return [words(is, asked)];
}

/** A database that is not the one of before holds nothing of what was before. */
function refuseDatabase(asked: Asked, { database: known, server }: FoundMachine): Refused | undefined {
  const { database, changeDatabase } = asked;
  const wanted = databaseUse(database?.url);
  if (known === undefined || isSameDatabase(wanted, known)) return undefined;
  // A control plane that runs has its database, and needs not be told again.
  if (database === undefined && server !== undefined && !changeDatabase) return undefined;
  if (changeDatabase && server === undefined) return undefined;
  return {
    exitCode: EXIT.refusedByState,
    code: 'other-database',
    detail:
      `The control plane of ${asked.directory} keeps its state in ${databaseWords(known)}, and ` +
      `${askedWords(database)}, where nothing of that state is.`,
    remedy: changeDatabase
      ? 'Run `sluice down` first: the database of a control plane that runs cannot be changed.'
      : remedyFor(database, known),
  };
}

const askedWords = (database: AskedDatabase | undefined): string =>
  database === undefined
    ? 'no database was named, so that the embedded one would be used'
    : `${database.from === 'DATABASE_URL' ? 'DATABASE_URL in the environment' : database.from} names ` +
      databaseWords(databaseUse(database.url));

function remedyFor(database: AskedDatabase | undefined, known: DatabaseUse): string {
  const change =
    'To leave that state behind and use the other database, `sluice down` and `sluice up --change-database`.';
  if (known.kind === 'postgresql')
    return `Name it with DATABASE_URL or --database-url (its password is not kept). ${change}`;
  return `${database?.from === 'DATABASE_URL' ? 'Unset DATABASE_URL' : 'Leave --database-url out'}. ${change}`;
}

/** A database for people; the password is masked. */
export const databaseWords = (database: DatabaseUse): string =>
  database.kind === 'embedded' ? 'the embedded PostgreSQL' : database.url;
