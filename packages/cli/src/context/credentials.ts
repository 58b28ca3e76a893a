/** What `sluice login` was given, by the address of the control plane; for this user alone. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { World } from '../world.ts';

type Environment = World['environment'];
type Credentials = Readonly<Record<string, Credential>>;

/** What is kept of a control plane. */
export interface Credential {
  readonly token: string;
  /** PEM of the authority that its certificate is of, where `sluice login` was given one. */
  readonly ca?: string;
}

/** Where credentials lie: `$XDG_CONFIG_HOME/sluice/credentials.json`. */
export const credentialsFile = (environment: Environment): string =>
  join(
    environment['XDG_CONFIG_HOME'] || join(environment['HOME'] || homedir(), '.config'),
    'sluice',
    'credentials.json',
  );

/** The token for an address; undefined when nobody has signed in there. */
export async function readCredential(environment: Environment, address: string): Promise<string | undefined> {
  return (await readAll(environment))[keyOf(address)]?.token;
}

/** The authority that was named when somebody signed in there. */
export async function readAuthority(environment: Environment, address: string): Promise<string | undefined> {
  return (await readAll(environment))[keyOf(address)]?.ca;
}

/** Keeps a token for an address; null forgets it. Whoever reads at the same time sees the old or the new file. */
export async function writeCredential(
  environment: Environment,
  address: string,
  credential: Credential | null,
): Promise<void> {
  const { [keyOf(address)]: _before, ...others } = await readAll(environment);
  const path = credentialsFile(environment);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const all = credential === null ? others : { ...others, [keyOf(address)]: credential };
  const written = `${path}.${randomUUID()}`;
  await writeFile(written, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  await rename(written, path);
}

async function readAll(environment: Environment): Promise<Credentials> {
  try {
    return Object(JSON.parse(await readFile(credentialsFile(environment), 'utf8'))) as Credentials;
  } catch {
    return {};
  }
}

const keyOf = (address: string): string => address.replace(/\/+$/, '').toLowerCase();
