import { resolve } from 'node:path';
import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { CommandContext, Connection } from '../command-context.ts';
import { refusedText } from '../output/refused-text.ts';
import { spaceOf } from '../output/space.ts';
import { styleOf } from '../output/style.ts';
import type { World } from '../world.ts';
import { defaultDirectory } from './default-directory.ts';

/** The options that every command has. */
export interface SharedOptions {
  readonly json?: boolean;
  readonly api?: string;
  readonly directory?: string;
}

/** Where the API of `sluice up` listens unless it was told otherwise. */
const DEFAULT_API_PORT = 7070;

/** Makes what a command works with. */
export function openContext(world: World, options: SharedOptions): CommandContext {
  const { environment, stdout, stderr } = world;
  const directory = options.directory
    ? resolve(world.workingDirectory, options.directory)
    : defaultDirectory(environment);
  const json = options.json === true;
  const style = styleOf(world);
  let client: ApiClient | undefined;
  let connected: Promise<Connection> | undefined;
  const connection = (): Promise<Connection> => {
    connected ??= connect(options.api || environment['SLUICE_API'] || undefined, directory, world);
    return connected;
  };
  return {
    world,
    style,
    space: () => spaceOf(world),
    json,
    directory,
    dryRun: isSet(environment['DRY_RUN']),
    api: async () => {
      client ??= await openClient(await connection(), environment, (seconds) =>
        stderr.write(`The control plane is asked too much at once; asking again in ${seconds} s.\n`),
      );
      return client;
    },
    connection,
    print: (lines) => stdout.write(`${[lines].flat().join('\n')}\n`),
    note: (line) => stderr.write(`${line}\n`),
    printJson: (value) => stdout.write(`${JSON.stringify(value)}\n`),
    refuse: (refused) => {
      if (json) stdout.write(`${JSON.stringify(refused.problem ?? bareProblem(refused))}\n`);
      else stderr.write(`${refusedText(refused, style)}\n`);
      return refused.exitCode;
    },
  };
}

/** `1`, `true` and `yes` switch a variable on; anything else leaves it off. */
export const isSet = (value: string | undefined): boolean => /^(1|true|yes)$/i.test(value ?? '');

const bareProblem = ({ code, detail, remedy, faults }: Parameters<CommandContext['refuse']>[0]) => ({
  type: `urn:sluice:problem:${code}`,
  code,
  detail,
  remedy,
  ...(faults ? { faults } : {}),
});

async function openClient(
  { baseUrl, token }: Connection,
  environment: World['environment'],
  waited: (seconds: number) => void,
): Promise<ApiClient> {
  // zod and the schemas take a while to load, and half of the commands' help needs none of them.
  const { apiClient } = await import('@sluice/protocol/http/client.ts');
  return apiClient({ baseUrl, token, traceParent: traceOf(environment), waited });
}

async function connect(named: string | undefined, directory: string, world: World): Promise<Connection> {
  const { environment } = world;
  const ownUrl = await addressOfMachine(directory);
  const baseUrl = named ?? ownUrl;
  if (baseUrl.startsWith('https:')) {
    const { trustAuthority } = await import('./trust-authority.ts');
    await trustAuthority(world, baseUrl);
  }
  const token =
    environment['SLUICE_TOKEN'] ||
    (await tokenOfLogin(environment, baseUrl)) ||
    (baseUrl === ownUrl ? await tokenOfMachine(directory) : undefined);
  return { baseUrl, token };
}

const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** CI systems that trace their steps say by this variable in which trace a command runs. */
function traceOf({ TRACEPARENT: text }: World['environment']): string | undefined {
  return text !== undefined && TRACE_PARENT.test(text) ? text : undefined;
}

/** What `sluice login` was given for this address. */
async function tokenOfLogin(environment: World['environment'], baseUrl: string): Promise<string | undefined> {
  const { readCredential } = await import('./credentials.ts');
  return readCredential(environment, baseUrl);
}

/** Whoever may read the directory of a control plane may command it. It is shown to nobody else. */
async function tokenOfMachine(directory: string): Promise<string | undefined> {
  const { readAdminToken } = await import('@sluice/protocol/process/admin-token.ts');
  return readAdminToken(directory);
}

async function addressOfMachine(directory: string): Promise<string> {
  const { readMachine } = await import('../machine/machine-files.ts');
  const machine = await readMachine(directory);
  return `http://127.0.0.1:${machine?.plane?.apiPort ?? DEFAULT_API_PORT}`;
}
