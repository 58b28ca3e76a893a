/**
 * For tests: a receiver of webhooks that is strict. It checks signatures by the library of Standard Webhooks
 * (github.com/standard-webhooks/standard-webhooks, specification 1.0.0) and events by the SDK of CloudEvents 1.0.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import type { ReceiverMood } from '../channel.contract.ts';

/** A message that was taken. */
export interface TakenMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A receiver of webhooks. */
export interface WebhookReceiver {
  readonly port: number;
  readonly url: string;
  mood: ReceiverMood;
  /** Answers with this status instead of what its mood says; null for none. */
  status: number | null;
  readonly taken: TakenMessage[];
  readonly faults: string[];
  /** Resolves when so many messages were taken. */
  until(count: number): Promise<void>;
  close(): Promise<void>;
}

/** For tests: starts a receiver that knows messages by these secrets. */
export async function webhookReceiver(secrets: readonly string[]): Promise<WebhookReceiver> {
  const waiting: { readonly count: number; readonly heard: () => void }[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      answer(receiver, { headers: headersOf(request), body }, response, secrets);
      for (const { count, heard } of waiting) if (receiver.taken.length >= count) heard();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: WebhookReceiver = {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    mood: { kind: 'well' },
    status: null,
    taken: [],
    faults: [],
    until: (count) =>
      receiver.taken.length >= count
        ? Promise.resolve()
        : new Promise((heard) => waiting.push({ count, heard })),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return receiver;
}

function answer(
  receiver: WebhookReceiver,
  message: TakenMessage,
  response: ServerResponse,
  secrets: readonly string[],
): void {
  const { mood } = receiver;
  if (receiver.status !== null) return void response.writeHead(receiver.status).end();
  if (mood.kind === 'silent') return;
  if (mood.kind === 'broken') return void response.writeHead(503).end('down');
  if (mood.kind === 'refuses') return void response.writeHead(400).end(`wrong, by ${secrets.join(' ')}`);
  if (mood.kind === 'busy') {
    const when = mood.retryAfterSeconds === null ? {} : { 'retry-after': String(mood.retryAfterSeconds) };
    return void response.writeHead(429, when).end();
  }
  receiver.faults.push(...faultsOf(message, secrets));
  receiver.taken.push(message);
  response.writeHead(204).end();
}

/** What is wrong with a message; nothing when all of its signatures are right, each by one of the secrets. */
function faultsOf({ headers, body }: TakenMessage, secrets: readonly string[]): readonly string[] {
  const faults: string[] = [];
  for (const secret of secrets) {
    try {
      new Webhook(secret).verify(body, headers);
    } catch (thrown) {
      faults.push(`signature: ${String(thrown)}`);
    }
  }
  try {
    const event = HTTP.toEvent({ headers, body });
    const one = Array.isArray(event) ? event[0] : event;
    new CloudEvent(one as ConstructorParameters<typeof CloudEvent>[0], true);
    if (one?.id !== headers['webhook-id']) faults.push('the id of the message is not that of the event');
  } catch (thrown) {
    faults.push(`event: ${String(thrown)}`);
  }
  if (!headers['content-type']?.startsWith('application/cloudevents+json')) faults.push('content type');
  return faults;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const headersOf = ({ headers }: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
