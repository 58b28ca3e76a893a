import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { readStatus } from '../failures/api-status.ts';
import { isCut } from '../failures/connection-failure.ts';
import { refusalFailure } from '../failures/refusal-failure.ts';
import type { ApiReply, ApiRequest } from './api-request.ts';
import type { ClusterConnection } from './cluster-connection.ts';

/** How often a request is sent at most while a server says that it is too busy. */
const mostTries = 4;

/** A longer wait than this is told instead of waited for, in ms: whoever asked has other things to do meanwhile. */
const longestWaitMs = 5_000;

/** Sends requests and tries again what a busy server or a cut connection did not take. */
export interface PatientCalls {
  /** The parsed answer of a request that succeeded; every other answer is a `SluiceError`. */
  json(request: ApiRequest): Promise<unknown>;
  /** The answer, whatever it is, after tries that a busy server asked for. */
  reply(request: ApiRequest): Promise<ApiReply>;
  /** Ends the waits. */
  close(): void;
}

/** Lets time pass; rejects when the signal says so. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

const sleepFor: Wait = (ms, signal) => sleep(ms, undefined, { signal });

/** Makes a connection patient, within four tries and five seconds of waiting each. */
export function patientCalls(connection: ClusterConnection, wait: Wait = sleepFor): PatientCalls {
  const closing = new AbortController();
  const reply = async (request: ApiRequest): Promise<ApiReply> => {
    for (let tries = 1; ; tries += 1) {
      const answer = await sendOverCut(connection, request);
      const waitMs = tries < mostTries ? waitOf(request, answer) : undefined;
      if (waitMs === undefined) return answer;
      await wait(waitMs, closing.signal).catch((cause: unknown) => {
        throw new SluiceError('unexpected', `${request.action}: the client was closed meanwhile`, {
          next: 'stop',
          cause,
        });
      });
    }
  };
  return {
    reply,
    json: async (request) => {
      const answer = await reply(request);
      if (answer.status >= 200 && answer.status < 300) return parse(answer, request);
      throw refusalFailure(
        readStatus(answer.status, answer.text, answer.retryAfter),
        connection.attempt(request.action),
      );
    },
    close: () => closing.abort(),
  };
}

/** A connection that was kept may have been closed at the same moment: what may be repeated is sent again, once. */
async function sendOverCut(connection: ClusterConnection, request: ApiRequest): Promise<ApiReply> {
  try {
    return await connection.send(request);
  } catch (thrown) {
    if (!mayRepeat(request) || !(thrown instanceof SluiceError) || !isCut(thrown)) throw thrown;
    return connection.send(request);
  }
}

/** A repeated POST would make or evict twice, and a repeated DELETE say that nothing was there. */
function mayRepeat({ method, verb }: ApiRequest): boolean {
  return (method === 'GET' || method === 'PATCH') && verb !== 'proxy';
}

/** How long to wait before the next try, in ms; undefined where the answer is final. */
function waitOf(request: ApiRequest, { status, text, retryAfter }: ApiReply): number | undefined {
  if (status < 429 || request.verb === 'proxy') return undefined;
  const { retryAfterMs, causes } = readStatus(status, text, retryAfter);
  if (causes.some(({ reason }) => reason === 'DisruptionBudget')) return undefined;
  const waitMs = retryAfterMs ?? (status === 429 ? 1000 : undefined);
  return waitMs === undefined || waitMs > longestWaitMs ? undefined : waitMs;
}

function parse({ text, status }: ApiReply, { action }: ApiRequest): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const shown = JSON.stringify(text.slice(0, 80));
    const message = `${action}: the answer (${status}) is no JSON but ${shown}: something else than a Kubernetes API server answers at that address`;
    throw new SluiceError('invalid-reply', message, { next: 'ask-human', cause });
  }
}
