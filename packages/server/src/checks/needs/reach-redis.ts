import type { NeedAddress } from './need-address.ts';
import { Conversation } from './conversation.ts';
import type { Reached } from './reached.ts';

/**
 * Asks a Redis server for a PONG (RESP2, which every version speaks), after AUTH when the address holds a password.
 * A server that wants a password which the address does not hold has proved who it is: that counts as reached.
 */
export async function reachRedis(address: NeedAddress, signal: AbortSignal): Promise<Reached> {
  const { host, port, lookup } = address;
  const conversation = await Conversation.open({ host, port, ...(lookup && { lookup }) }, signal);
  try {
    if (address.scheme === 'rediss')
      await conversation.startTls({ serverName: address.host, verified: true });
    if (address.password !== null) {
      conversation.send(
        command(['AUTH', ...(address.user === null ? [] : [address.user]), address.password]),
      );
      const reply = await conversation.takeLine();
      if (reply !== '+OK') return { reached: false, words: refusalIn(reply) };
    }
    conversation.send(command(['PING']));
    return judge(await conversation.takeLine());
  } finally {
    conversation.close();
  }
}

function judge(reply: string): Reached {
  if (reply === '+PONG') return { reached: true, words: 'answered PONG' };
  if (/^-(NOAUTH|NOPERM)\b/.test(reply)) return { reached: true, words: 'answered that it wants a password' };
  return { reached: false, words: refusalIn(reply) };
}

const refusalIn = (reply: string): string =>
  reply.startsWith('-') ? `refused: ${reply.slice(1, 200)}` : 'answered something that is not Redis';

/** An array of bulk strings (RESP2). */
function command(words: readonly string[]): string {
  const bulk = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${bulk.join('')}`;
}
