import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Transport } from '@connectrpc/connect';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type NewsLimits, NEWS_LIMITS } from './outbox.ts';
import type { Backoff } from './pause.ts';
import type { InputParser, TaskHandler } from './task.ts';
import { serverAddress } from './server-address.ts';
import { MOST_TASKS } from './task-book.ts';
import type { OwnTool } from './task-tools.ts';
import { printReport, type ReportSink } from './worker-report.ts';

/** A worker; only `handle` is needed where Sluice starts it. */
export interface WorkerOptions<Input> {
  readonly handle: TaskHandler<Input>;
  /** Makes a typed input of the task's JSON; what it refuses fails with class `input`. The JSON itself without it. */
  readonly input?: InputParser<Input>;
  /** Most tasks at the same time, up to 1,000; 1 when it is left out. */
  readonly concurrency?: number;
  /** What it can do; a task that asks for more is not given to it. */
  readonly capabilities?: readonly string[];
  /**
   * What else is to be known of it, such as `{ zone: 'eu', data: ['orders', 'invoices'] }`, for tasks that require, prefer or
   * avoid it. SLUICE_LABELS, such as `zone=eu,spot=yes`, adds to them.
   */
  readonly labels?: Readonly<Record<string, string | readonly string[]>>;
  /** Code of registered tools that lies in this program, by the names that they are registered under. */
  readonly tools?: Readonly<Record<string, OwnTool>>;
  /** Base URL of a server, or `unix:` and the path of a socket; SLUICE_WORKER_URL when it is left out. */
  readonly url?: string;
  /** A file with a token that lets it in, read whenever it speaks, so that it may change; SLUICE_TOKEN_FILE when it is left out. */
  readonly tokenFile?: string;
  /** PEM of the authority that the server's certificate is of; SLUICE_CA_FILE when it is left out, else those that Node knows. */
  readonly caFile?: string;
  /** With which a worker elsewhere joins; SLUICE_JOIN_TOKEN, or what lies in SLUICE_JOIN_TOKEN_FILE, when it is left out. */
  readonly joinToken?: string;
  /** Where it keeps what it was given when it joined, so that it joins once; SLUICE_IDENTITY_FILE when it is left out. */
  readonly identityFile?: string;
  /**
   * Where it keeps the last head of the ledger as a witness; SLUICE_WITNESS_FILE when it is left out, else beside `identityFile`
   * as `.ledger-head`. Without either it keeps the head in memory.
   */
  readonly witnessFile?: string;
  /** `application/environment/component`; SLUICE_TRACK when it is left out. */
  readonly agent?: string;
  /** SLUICE_REVISION when it is left out. */
  readonly revision?: string;
  /** Accepts connections while the worker is ready; PORT when it is left out, none when that is not set either. */
  readonly port?: number;
  /** Where the port listens; HOST when it is left out. */
  readonly host?: string;
  /** Its own name, unique among all workers; made from machine, process and chance when it is left out. */
  readonly name?: string;
  /** How long a handler may go on after its signal was aborted, in ms; 5 s when it is left out. */
  readonly graceMs?: number;
  /** How long running tasks may take to finish when the worker is stopped, in ms; 25 s when it is left out. */
  readonly finishMs?: number;
  /** How long the server may take to settle the last words of a worker that stops, in ms; 5 s when it is left out. */
  readonly lastWordsMs?: number;
  /** Whether SIGTERM and SIGINT stop it, once; a second signal ends the process. True when it is left out. */
  readonly stopsOnSignals?: boolean;
  /** Hears what happens beside the work; lines on the standard error output when it is left out. */
  readonly report?: ReportSink;
  /** How it reaches the server, for TLS of one's own or headers; gRPC over HTTP/2 to `url` when it is left out. */
  readonly transport?: Transport;
  /** Pauses between sessions; from 0.2 s to 10 s when it is left out. */
  readonly backoff?: Backoff;
  readonly newsLimits?: NewsLimits;
}

type FileOption = 'tokenFile' | 'caFile' | 'joinToken' | 'identityFile' | 'witnessFile';

/** Options with everything that was left out. */
export interface WorkerSettings<Input>
  extends Required<Omit<WorkerOptions<Input>, 'port' | 'host' | 'transport' | 'labels' | FileOption>> {
  /** Each `key=value`. */
  readonly labels: readonly string[];
  /** Null: it shows nothing. */
  readonly tokenFile: string | null;
  readonly caFile: string | null;
  readonly joinToken: string | null;
  readonly identityFile: string | null;
  readonly witnessFile: string | null;
  readonly port: number | null;
  readonly host: string | undefined;
  readonly transport: Transport | null;
}

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Fills in what was left out.
 * @throws SluiceError `invalid-input` with what is missing or wrong
 */
export function workerSettings<Input>(
  options: WorkerOptions<Input>,
  environment: Environment,
): WorkerSettings<Input> {
  const { handle, concurrency = 1, transport = null } = options;
  const { graceMs = 5_000, finishMs = 25_000, lastWordsMs = 5_000 } = options;
  if (typeof handle !== 'function') throw wrong('`handle` is no function');
  const identityFile = (options.identityFile ?? environment['SLUICE_IDENTITY_FILE']) || null;
  const settings: WorkerSettings<Input> = {
    ...{ handle, concurrency, transport, graceMs, finishMs, lastWordsMs },
    // Without a parser the type of the input is whatever the caller believes it is.
    input: options.input ?? ((value) => value as Input),
    capabilities: options.capabilities ?? [],
    tools: options.tools ?? {},
    labels: [
      ...labelsOf(options.labels ?? {}),
      ...(environment['SLUICE_LABELS'] ?? '').split(',').filter(Boolean),
    ],
    url: transport ? (options.url ?? '') : given(options.url, environment, 'SLUICE_WORKER_URL', 'url'),
    tokenFile: (options.tokenFile ?? environment['SLUICE_TOKEN_FILE']) || null,
    caFile: (options.caFile ?? environment['SLUICE_CA_FILE']) || null,
    joinToken: (options.joinToken ?? joinTokenIn(environment)) || null,
    identityFile,
    witnessFile: (options.witnessFile ?? environment['SLUICE_WITNESS_FILE']) || besideOf(identityFile),
    agent: given(options.agent, environment, 'SLUICE_TRACK', 'agent'),
    revision: given(options.revision, environment, 'SLUICE_REVISION', 'revision'),
    port: portOf(options.port ?? environment['PORT']),
    host: options.host ?? environment['HOST'],
    name: options.name ?? ownName(environment['SLUICE_INSTANCE']),
    stopsOnSignals: options.stopsOnSignals ?? true,
    report: options.report ?? printReport,
    backoff: options.backoff ?? { initialMs: 200, maxMs: 10_000 },
    newsLimits: options.newsLimits ?? NEWS_LIMITS,
  };
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MOST_TASKS)
    throw wrong(`\`concurrency\` is ${concurrency}; it is a whole number from 1 to ${MOST_TASKS}`);
  for (const [name, valueMs] of Object.entries({ graceMs, finishMs, lastWordsMs }))
    if (!(valueMs >= 0)) throw wrong(`\`${name}\` is ${valueMs}; it is a number of milliseconds from 0`);
  if (!transport && serverAddress(settings.url) === null)
    throw wrong(`the server's URL is '${settings.url}', which is none`);
  return settings;
}

const besideOf = (file: string | null): string | null => (file === null ? null : `${file}.ledger-head`);

/** Where a host has started it, its name says in which instance it lives, so that a pool can choose who is to leave. */
function ownName(instance: string | undefined): string {
  const place = instance === undefined || instance === '' ? '' : `i${instance}-`;
  return `${hostname()}-${place}${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** What `sluice join-token create` prints has the token alone on its first line. */
function joinTokenIn(environment: Environment): string | undefined {
  const file = environment['SLUICE_JOIN_TOKEN_FILE'];
  if (environment['SLUICE_JOIN_TOKEN'] || !file) return environment['SLUICE_JOIN_TOKEN'];
  try {
    return readFileSync(file, 'utf8').trim().split(/\s/)[0];
  } catch (thrown) {
    throw wrong(`the file ${file} of SLUICE_JOIN_TOKEN_FILE cannot be read (${Object(thrown).code})`);
  }
}

const labelsOf = (labels: NonNullable<WorkerOptions<unknown>['labels']>): readonly string[] =>
  Object.entries(labels).flatMap(([key, values]) => [values].flat().map((value) => `${key}=${value}`));

function given(option: string | undefined, environment: Environment, variable: string, name: string): string {
  const value = option ?? environment[variable];
  if (value) return value;
  throw wrong(
    `neither the option \`${name}\` nor ${variable} is set; Sluice sets it for the workers that it starts`,
  );
}

function portOf(value: string | number | undefined): number | null {
  if (value === undefined || value === '') return null;
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw wrong(`the port is ${value}; it is a whole number up to 65535`);
}

const wrong = (problem: string): SluiceError =>
  new SluiceError('invalid-input', `The worker cannot start: ${problem}.`, { next: 'stop' });
