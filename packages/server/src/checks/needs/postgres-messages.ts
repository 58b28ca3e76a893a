import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Conversation } from './conversation.ts';

/** One message of a server: a letter and what follows its length. */
export interface PostgresMessage {
  readonly type: string;
  readonly body: Buffer;
}

/** Asks whether the server speaks TLS; the answer is one byte, `S` or `N`. */
export const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const PROTOCOL_3_0 = 196_608;

/** Sends the first message of a session, which has no letter. */
export function sendStartup(conversation: Conversation, parameters: Readonly<Record<string, string>>): void {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
  const version = Buffer.alloc(4);
  version.writeInt32BE(PROTOCOL_3_0);
  conversation.send(withLength(Buffer.concat([version, Buffer.from(`${pairs.join('')}\0`)])));
}

/** Sends a message with a letter. */
export function sendMessage(conversation: Conversation, type: string, body: string | Buffer): void {
  conversation.send(Buffer.concat([Buffer.from(type, 'latin1'), withLength(Buffer.from(body as Buffer))]));
}

/** Waits for the next message; a peer that speaks something else is found out by its letter or length. */
export async function takeMessage(conversation: Conversation): Promise<PostgresMessage> {
  const head = await conversation.take(5);
  const type = head.toString('latin1', 0, 1);
  const length = head.readInt32BE(1) - 4;
  if (!/[A-Za-z]/.test(type) || length < 0)
    throw new SluiceError('invalid-reply', 'what came back is not PostgreSQL', { next: 'stop' });
  return { type, body: await conversation.take(length) };
}

/** The length counts itself. */
function withLength(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}
