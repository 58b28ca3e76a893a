/**
 * Purpose: a Transit engine for tests, as its API is published: one key with versions, real AES-256-GCM with associated data,
 * a token. It refuses what Vault refuses.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A Transit engine at work. */
export interface TransitServer {
  /** The variables of a control plane that knows it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Answers 503 from now on. */
  seal(): void;
  close(): Promise<void>;
}

type Answer = readonly [number, object];

/** Starts one that has the key `sluice`, mounted at `transit`. */
export async function startTransitServer(): Promise<TransitServer> {
  const versions = [randomBytes(32)];
  let isSealed = false;
  const server = createServer((request, reply) => {
    void buffer(request).then((sent) => {
      const [status, answer] = isSealed
        ? [503, { errors: ['Vault is sealed'] }]
        : answerTo(versions, request, sent.length === 0 ? {} : JSON.parse(sent.toString()));
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    environment: { VAULT_ADDR: `http://127.0.0.1:${port}`, VAULT_TOKEN: 's.token' },
    seal: () => (isSealed = true),
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

function answerTo(versions: Buffer[], request: IncomingMessage, body: Record<string, string>): Answer {
  if (request.headers['x-vault-token'] !== 's.token') return [403, { errors: ['permission denied'] }];
  const bound = Buffer.from(body['associated_data'] ?? '', 'base64');
  switch (`${request.method} ${request.url}`) {
    case 'GET /v1/transit/keys/sluice':
      return [200, { data: { latest_version: versions.length, name: 'sluice', type: 'aes256-gcm96' } }];
    case 'POST /v1/transit/keys/sluice/rotate':
      versions.push(randomBytes(32));
      return [200, { data: { latest_version: versions.length } }];
    case 'POST /v1/transit/encrypt/sluice':
      return [200, { data: { ciphertext: encrypt(versions, bound, body['plaintext'] ?? '') } }];
    case 'POST /v1/transit/decrypt/sluice':
      return decrypt(versions, bound, body['ciphertext'] ?? '');
    default:
      return [404, { errors: [] }];
  }
}

function encrypt(versions: readonly Buffer[], bound: Buffer, plaintext: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', versions.at(-1) ?? nonce, nonce).setAAD(bound);
  const sealed = [
    nonce,
    cipher.update(Buffer.from(plaintext, 'base64')),
    cipher.final(),
    cipher.getAuthTag(),
  ];
  return `vault:v${versions.length}:${Buffer.concat(sealed).toString('base64')}`;
}

function decrypt(versions: readonly Buffer[], bound: Buffer, ciphertext: string): Answer {
  const [, version = '', text = ''] = ciphertext.split(':');
  const key = versions[Number(version.slice(1)) - 1];
  const bytes = Buffer.from(text, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key ?? '', bytes.subarray(0, 12)).setAAD(bound);
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    return [200, { data: { plaintext: plain.toString('base64') } }];
  } catch {
    return [400, { errors: ['cipher: message authentication failed'] }];
  }
}
