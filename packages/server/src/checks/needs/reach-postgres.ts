/**
 * Asks a PostgreSQL server whether it serves, in its own protocol (version 3.0, chapter "Frontend/Backend Protocol" of its
 * manual). Written here because the driver belongs to the store, and because a need without credentials must be
 * recognised by how the server asks for them.
 *
 * 1. With user and password the login must succeed and `select 1` be answered: poolers accept logins for databases that are down.
 * 2. Without them any request for authentication, and any refusal that only concerns the login, proves the server.
 * 3. Nothing but the startup packet is sent before the server has agreed to TLS, when the address demands TLS.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Conversation } from './conversation.ts';
import type { NeedAddress } from './need-address.ts';
import {
  type PostgresMessage,
  sendMessage,
  sendStartup,
  takeMessage,
  TLS_REQUEST,
} from './postgres-messages.ts';
import type { Reached } from './reached.ts';
import { scramClient } from './scram.ts';

/** SQLSTATEs (PostgreSQL manual, appendix A) that say that the server is there but does not serve: starting, full. */
const NOT_SERVING = /^(57P0[1-3]|53\d\d\d|08\d\d\d|XX\d\d\d)$/;
const AUTHENTICATION = { done: 0, cleartext: 3, md5: 5, sasl: 10, saslContinue: 11, saslFinal: 12 } as const;
/** Who a server is asked for when the address names nobody; it need not exist. */
const NOBODY = 'sluice_probe';

/** Reaches a server by `host:port` or by URL; `?host=<folder>` and `?sslmode=` mean what they mean to libpq. */
export async function reachPostgres(address: NeedAddress, signal: AbortSignal): Promise<Reached> {
  const { host, port, lookup } = address;
  const to = host.startsWith('/')
    ? { path: join(host, `.s.PGSQL.${port}`) }
    : { host, port, ...(lookup && { lookup }) };
  const conversation = await Conversation.open(to, signal);
  try {
    const refused = host.startsWith('/') ? undefined : await negotiateTls(conversation, address);
    if (refused !== undefined) return { reached: false, words: refused };
    const user = address.user ?? NOBODY;
    const database = decodeURIComponent(address.path.replace(/\?.*$/, '').slice(1)) || user;
    sendStartup(conversation, { user, database, application_name: 'sluice' });
    return await logIn(conversation, user, address.password);
  } finally {
    conversation.close();
  }
}

/** @returns why the server cannot be talked to, or undefined */
async function negotiateTls(conversation: Conversation, address: NeedAddress): Promise<string | undefined> {
  const mode = address.parameters.get('sslmode') ?? 'prefer';
  if (mode === 'disable') return undefined;
  conversation.send(TLS_REQUEST);
  const answer = (await conversation.take(1)).toString('latin1');
  if (answer !== 'S' && answer !== 'N') return 'answered something that is not PostgreSQL';
  if (answer === 'N')
    return mode === 'prefer' || mode === 'allow' ? undefined : `does not offer TLS, and sslmode is ${mode}`;
  await conversation.startTls({ serverName: address.host, verified: mode.startsWith('verify') });
  return undefined;
}

async function logIn(conversation: Conversation, user: string, password: string | null): Promise<Reached> {
  let scram: ReturnType<typeof scramClient> | undefined;
  for (;;) {
    const message = await takeMessage(conversation);
    if (message.type === 'E') return refusal(message, password);
    if (message.type === 'Z') return askForOne(conversation);
    if (message.type !== 'R') continue;
    const method = message.body.readInt32BE(0);
    if (method === AUTHENTICATION.done || method === AUTHENTICATION.saslFinal) continue;
    if (password === null) return { reached: true, words: 'asked for a password' };
    if (method === AUTHENTICATION.cleartext) sendMessage(conversation, 'p', `${password}\0`);
    else if (method === AUTHENTICATION.md5)
      sendMessage(conversation, 'p', `${md5Answer(user, password, message.body.subarray(4, 8))}\0`);
    else if (method === AUTHENTICATION.sasl && message.body.includes('SCRAM-SHA-256\0')) {
      scram = scramClient(password);
      sendMessage(conversation, 'p', saslFirst(scram.first));
    } else if (method === AUTHENTICATION.saslContinue && scram)
      sendMessage(conversation, 'p', await scram.final(message.body.toString('utf8', 4)));
    else return { reached: true, words: `asked for a login that is not tried here (method ${method})` };
  }
}

async function askForOne(conversation: Conversation): Promise<Reached> {
  sendMessage(conversation, 'Q', 'select 1\0');
  for (;;) {
    const message = await takeMessage(conversation);
    if (message.type === 'E') return { reached: false, words: `refused a query: ${errorIn(message).words}` };
    if (message.type !== 'Z') continue;
    sendMessage(conversation, 'X', '');
    return { reached: true, words: 'logged in and answered a query' };
  }
}

function refusal(message: PostgresMessage, password: string | null): Reached {
  const { state, words } = errorIn(message);
  if (password === null && state !== '' && !NOT_SERVING.test(state))
    return { reached: true, words: 'answered, and wants other credentials' };
  return {
    reached: false,
    words: state === '' ? 'answered something that is not PostgreSQL' : `refused: ${words}`,
  };
}

/** An error is a list of fields, each a letter and a text that ends with a zero byte. */
function errorIn({ body }: PostgresMessage): { state: string; words: string } {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
  const state = fields.get('C') ?? '';
  return { state, words: `${(fields.get('M') ?? 'no reason given').slice(0, 200)} (${state})` };
}

function md5Answer(user: string, password: string, salt: Buffer): string {
  const md5 = (...parts: (string | Buffer)[]): string => {
    const hash = createHash('md5');
    for (const part of parts) hash.update(part);
    return hash.digest('hex');
  };
  return `md5${md5(md5(password, user), salt)}`;
}

function saslFirst(first: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(first));
  return Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), length, Buffer.from(first)]);
}
