import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** The client's side of SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677), one message after the other. */
export interface ScramClient {
  readonly first: string;
  /** Answers the server's first message. */
  final(serverFirst: string): Promise<string>;
}

/** More rounds than any server asks for; a hostile one could keep this machine busy. */
const MOST_ROUNDS = 1_000_000;

/** Opens the exchange. The user's name is empty: PostgreSQL takes it from the startup message. */
export function scramClient(password: string, nonce = randomBytes(18).toString('base64')): ScramClient {
  const bare = `n=,r=${nonce}`;
  return {
    first: `n,,${bare}`,
    final: async (serverFirst) => {
      const { r: joined = '', s: salt = '', i: rounds = '' } = attributesOf(serverFirst);
      if (
        !joined.startsWith(nonce) ||
        joined === nonce ||
        !(Number(rounds) >= 1 && Number(rounds) <= MOST_ROUNDS)
      )
        throw new SluiceError('invalid-reply', 'the server broke the rules of SCRAM', { next: 'stop' });
      const withoutProof = `c=biws,r=${joined}`;
      const salted = await derive(
        password.normalize('NFKC'),
        Buffer.from(salt, 'base64'),
        Number(rounds),
        32,
        'sha256',
      );
      const clientKey = hmac(salted, 'Client Key');
      const storedKey = createHash('sha256').update(clientKey).digest();
      const signature = hmac(storedKey, `${bare},${serverFirst},${withoutProof}`);
      const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0));
      return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
    },
  };
}

const derive = promisify(pbkdf2);

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const attributesOf = (message: string): Readonly<Record<string, string>> =>
  Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
