import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { create, type JsonValue, type MessageInitShape, fromJson } from '@bufbuild/protobuf';
import { durationFromMs, ValueSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import {
  type AssignTaskSchema,
  type WelcomeSchema,
  WorkerService,
  type WorkRequest,
  type WorkResponse,
  WorkResponseSchema,
} from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';

type Words<Kind extends WorkRequest['message']['case']> = Extract<
  WorkRequest['message'],
  { case: Kind }
>['value'];

/** One session as the server sees it: everything that came, and what the test sends. */
export class ScriptedSession {
  readonly received: WorkRequest['message'][] = [];
  readonly #outgoing: WorkResponse[] = [];
  readonly #connection: ServerHttp2Session | undefined;
  #wake: () => void = () => undefined;
  #end: 'open' | 'ended' | 'refused' = 'open';
  /** Resolves when the worker says nothing more. */
  readonly closed = Promise.withResolvers<void>();

  constructor(connection?: ServerHttp2Session) {
    this.#connection = connection;
  }

  send(message: MessageInitShape<typeof WorkResponseSchema>['message']): void {
    this.#outgoing.push(
      create(WorkResponseSchema, { message } as MessageInitShape<typeof WorkResponseSchema>),
    );
    this.#wake();
  }

  welcome(leaseMs = 600, more: MessageInitShape<typeof WelcomeSchema> = {}): void {
    this.send({ case: 'welcome', value: { lease: durationFromMs(leaseMs), ...more } });
  }

  assign(
    taskId: string,
    input: JsonValue = null,
    more: MessageInitShape<typeof AssignTaskSchema> = {},
  ): void {
    const value = {
      taskId,
      attempt: 1,
      input: fromJson(ValueSchema, input),
      priority: 5,
      mayAct: true,
      ...more,
    };
    this.send({ case: 'assign', value } as MessageInitShape<typeof WorkResponseSchema>['message']);
  }

  settle(taskId: string, attempt = 1, isCounted = true): void {
    this.send({ case: 'settled', value: { taskId, attempt, isCounted } });
  }

  revoke(taskId: string, attempt = 1): void {
    this.send({ case: 'revoke', value: { taskId, attempt } });
  }

  /** All words of a kind that came so far. */
  all<Kind extends NonNullable<WorkRequest['message']['case']>>(kind: Kind): Words<Kind>[] {
    return this.received.filter((one) => one.case === kind).map((one) => one.value as Words<Kind>);
  }

  /** How many tasks it wants, all in all. */
  wanted(): number {
    return this.all('want').reduce((sum, { more }) => sum + more, 0);
  }

  /** Ends the answers, as a server does that has nothing more to say. */
  end(): void {
    this.#end = 'ended';
    this.#wake();
  }

  refuse(): void {
    this.#end = 'refused';
    this.#wake();
  }

  /** Breaks the connection, as when a server is killed. */
  break(): void {
    this.#connection?.destroy();
    this.refuse();
  }

  async *responses(): AsyncGenerator<WorkResponse> {
    for (;;) {
      const next = this.#outgoing.shift();
      if (next) yield next;
      else if (this.#end === 'refused') throw new ConnectError('nobody of that name is known', Code.NotFound);
      else if (this.#end === 'ended') return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

/** A server of the worker service that does what the test tells it, over real HTTP/2 on loopback. */
export class ScriptedServer {
  readonly sessions: ScriptedSession[] = [];
  readonly #server: Http2Server;
  readonly #connections = new Set<ServerHttp2Session>();
  #onSession: (session: ScriptedSession) => void;

  /** @param onSession does what is to be done with each session, such as welcoming it */
  constructor(onSession: (session: ScriptedSession) => void = (session) => session.welcome()) {
    this.#onSession = onSession;
    const sessions = this.sessions;
    const connections = this.#connections;
    const meet = (session: ScriptedSession): void => this.#onSession(session);
    this.#server = createServer(
      connectNodeAdapter({
        routes: (router) => {
          router.service(WorkerService, {
            async *work(requests) {
              const session = new ScriptedSession([...connections].at(-1));
              sessions.push(session);
              void hear(session, requests);
              meet(session);
              yield* session.responses();
            },
          });
        },
      }),
    );
    this.#server.on('session', (connection) => {
      connections.add(connection);
      connection.on('error', () => undefined); // Broken on purpose.
      connection.on('close', () => connections.delete(connection));
    });
  }

  /** From now on does this with each session. */
  whenMet(onSession: (session: ScriptedSession) => void): void {
    this.#onSession = onSession;
  }

  async listen(port = 0): Promise<string> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.end();
    for (const connection of this.#connections) connection.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function hear(session: ScriptedSession, requests: AsyncIterable<WorkRequest>): Promise<void> {
  try {
    for await (const { message } of requests) session.received.push(message);
    // A server hears a worker out and then ends, too.
    session.end();
  } catch {
    // The session broke, which is what the test wanted.
  }
  session.closed.resolve();
}
