/**
 * Purpose: a worker in one call. The other files are its parts: `worker-options` what can be said, `keep-session` and
 * `work-session` the line to the server, `task-book` what it has taken on, `run-attempt` one task, `outbox` what waits.
 */
import { createClient, type Transport } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { MemoryService } from '@sluice/protocol/generated/sluice/agents/v1/memory_pb.js';
import { PayloadService } from '@sluice/protocol/generated/sluice/agents/v1/payloads_pb.js';
import { ToolService } from '@sluice/protocol/generated/sluice/agents/v1/tools_pb.js';
import { TeamworkService } from '@sluice/protocol/generated/sluice/agents/v1/teamwork_pb.js';
import { WorkerService, type WorkRequest } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { askLater } from './ask-later.ts';
import { WorkerIdentity } from './identity/worker-identity.ts';
import { keepSession } from './keep-session.ts';
import { Outbox } from './outbox.ts';
import { pause } from './pause.ts';
import { readinessPort, type ReadinessPort } from './readiness-port.ts';
import { runAttempt } from './run-attempt.ts';
import { serverAddress } from './server-address.ts';
import type { ServerClients } from './server-calls.ts';
import { showToken } from './show-token.ts';
import { taskKeeping } from './task-keeping.ts';
import { TaskBook } from './task-book.ts';
import { taskTools } from './task-tools.ts';
import { type WorkerOptions, type WorkerSettings, workerSettings } from './worker-options.ts';
import { guarded } from './worker-report.ts';
import { HeadWitness } from './witness/head-witness.ts';
import { workSession } from './work-session.ts';
import { helloRequest } from './work-requests.ts';

/** A worker that runs. */
export interface StartedWorker {
  readonly name: string;
  /** Resolves when a server has let it in for the first time. */
  readonly welcomed: Promise<void>;
  /** Resolves when it has stopped, for whatever reason. */
  readonly stopped: Promise<void>;
  /**
   * Takes no more tasks, gives back what has not begun, lets the rest finish, and gives back what does not.
   * @param finishMs how long what runs may take, in ms; as the options say when it is left out. The shortest counts.
   */
  stop(finishMs?: number): Promise<void>;
}

/** For people, and for the server's log. */
const SDK = '@sluice/worker 0.1.0';
/** How long a server may take to let a worker in, in ms. */
const WELCOME_MS = 10_000;
/** A connection on which nothing is heard is asked whether it lives, in ms. */
const PING = { pingIntervalMs: 10_000, pingTimeoutMs: 5_000 };

/**
 * Starts a worker and resolves at once; it looks for a server until it has one, and again whenever it lost one.
 * @throws SluiceError `invalid-input` when something that it needs is neither given nor in the environment
 */
export async function startWorker<Input = unknown>(options: WorkerOptions<Input>): Promise<StartedWorker> {
  const settings = workerSettings(options, process.env);
  const report = guarded(settings.report);
  const witness = await HeadWitness.open(settings.witnessFile, report);
  return runWorker({ ...settings, report }, witness);
}

function runWorker<Input>(settings: WorkerSettings<Input>, witness: HeadWitness): StartedWorker {
  const { report, name } = settings;
  const line = lineTo(settings);
  const over = new AbortController();
  const welcomed = Promise.withResolvers<void>();
  const box = new Outbox(settings.newsLimits, (count) => report({ kind: 'news-left-out', count }));
  const book = bookOf(settings, box, line.clients);
  const leaving = new AbortController();
  let isLetIn = false;

  const speak = (letIn: (leaseMs: number) => void): Promise<unknown> =>
    workSession({
      ...{ client: line.clients.worker, outbox: box, book, over: over.signal, welcomeMs: WELCOME_MS },
      ...{ hello: helloOf(settings, book, witness), witness },
      welcomed: (leaseMs) => {
        isLetIn = true;
        letIn(leaseMs);
      },
      drained: () => {
        report({ kind: 'draining' });
        void stop(Number.POSITIVE_INFINITY);
      },
      heldUp: (heldUpMs) => report({ kind: 'held-up', heldUpMs }),
    }).finally(() => {
      isLetIn = false;
    });

  const stopper = stopping(settings, book);
  const stop = async (finishMs = settings.finishMs): Promise<void> => {
    stopper.stop(finishMs);
    await stopped;
  };
  const leave = async (): Promise<void> => {
    await stopper.finished;
    leaving.abort();
    box.close();
    // Whoever is let in hears the server out; whoever still waits for that has nothing to say.
    const cancel = new AbortController();
    if (isLetIn) await Promise.race([session, pause(settings.lastWordsMs, cancel.signal)]);
    cancel.abort();
    over.abort();
  };
  const session = keepSession({
    ...{ speak, report, leaving: leaving.signal, backoff: settings.backoff, chance: Math.random },
    port: portOf(settings),
    welcomed: () => welcomed.resolve(),
  });
  const forget = settings.stopsOnSignals ? onSignals(() => void stop()) : (): void => undefined;
  const stopped = leave().then(async () => {
    await session;
    line.close();
    forget();
  });
  return { name, welcomed: welcomed.promise, stopped, stop };
}

const helloOf = (
  {
    name,
    agent,
    revision,
    capabilities,
    labels,
  }: Pick<WorkerSettings<unknown>, 'name' | 'agent' | 'revision' | 'capabilities' | 'labels'>,
  book: Pick<TaskBook, 'held'>,
  witness: Pick<HeadWitness, 'has'>,
): WorkRequest =>
  helloRequest(
    {
      worker: name,
      agentId: agent,
      revision,
      capabilities: [...capabilities],
      labels: [...labels],
      sdk: SDK,
    },
    book.held(),
    witness.has,
  );

const bookOf = <Input>(settings: WorkerSettings<Input>, box: Outbox, clients: ServerClients): TaskBook =>
  new TaskBook({
    ...{ concurrency: settings.concurrency, outbox: box, report: settings.report },
    run: (assigned) =>
      runAttempt(assigned, {
        ...{
          handle: settings.handle,
          input: settings.input,
          graceMs: settings.graceMs,
          report: settings.report,
        },
        tell: (news, size) => box.tell(news, size),
        keeping: (task, signal) =>
          taskKeeping(task, { clients, worker: settings.name, capabilities: settings.capabilities, signal }),
        tools: (task, signal, tell) =>
          taskTools(task, { clients, worker: settings.name, own: settings.tools, signal }, tell),
        now: Date.now,
        chance: Math.random,
      }),
  });

interface Stopper {
  /** Begins to stop, or shortens the time to finish. */
  stop(finishMs: number): void;
  /** Resolves when nothing runs and everything was said, or nobody listens any more. */
  readonly finished: Promise<void>;
}

function stopping(
  { graceMs, lastWordsMs }: Pick<WorkerSettings<unknown>, 'graceMs' | 'lastWordsMs'>,
  book: TaskBook,
): Stopper {
  const begun = Promise.withResolvers<void>();
  const tooLong = new AbortController();
  const finish = async (): Promise<void> => {
    await begun.promise;
    book.stopTaking();
    const idle = book.idle();
    await Promise.race([idle, pause(Number.POSITIVE_INFINITY, tooLong.signal)]);
    book.abortAll('stopping');
    const settled = new AbortController();
    await Promise.race([idle, pause(graceMs + lastWordsMs, settled.signal)]);
    settled.abort();
    tooLong.abort();
  };
  return {
    stop: (finishMs) => {
      begun.resolve();
      void pause(finishMs, tooLong.signal).then(() => tooLong.abort());
    },
    finished: finish(),
  };
}

interface Line {
  readonly clients: ServerClients;
  close(): void;
}

function lineTo(
  settings: Pick<
    WorkerSettings<unknown>,
    'transport' | 'url' | 'tokenFile' | 'caFile' | 'joinToken' | 'identityFile' | 'name' | 'report'
  >,
): Line {
  const { transport, url, tokenFile } = settings;
  if (transport) return { clients: clientsOver(transport), close: () => undefined };
  const identity = new WorkerIdentity({ ...settings, file: settings.identityFile, now: Date.now });
  const { baseUrl, session } = (url.startsWith('unix:') && serverAddress(url)) || identity.address();
  const sessionManager = new Http2SessionManager(baseUrl, PING, session);
  const show = tokenFile === null ? identity.show : showToken(tokenFile);
  const clients = clientsOver(
    createGrpcTransport({ baseUrl, sessionManager, interceptors: [askLater, show] }),
  );
  const close = (): void => {
    identity.close();
    sessionManager.abort();
  };
  return { clients, close };
}

const clientsOver = (transport: Transport): ServerClients => ({
  worker: createClient(WorkerService, transport),
  memory: createClient(MemoryService, transport),
  payloads: createClient(PayloadService, transport),
  team: createClient(TeamworkService, transport),
  tools: createClient(ToolService, transport),
});

function portOf({
  port,
  host,
  report,
}: Pick<WorkerSettings<unknown>, 'port' | 'host' | 'report'>): Pick<ReadinessPort, 'open' | 'close'> {
  if (port === null) return { open: () => undefined, close: async () => undefined };
  return readinessPort({ port, host }, (error) => report({ kind: 'port-failed', error }));
}

/** The first signal stops the worker; the listeners are gone then, so that a second one ends the process. */
function onSignals(stop: () => void): () => void {
  const forget = (): void => {
    process.off('SIGTERM', heard);
    process.off('SIGINT', heard);
  };
  const heard = (): void => {
    forget();
    stop();
  };
  process.on('SIGTERM', heard);
  process.on('SIGINT', heard);
  return forget;
}
