import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ApiAnswer, ApiCaller, ApiRequest, ApiWatch, ApiWatchEvent } from '../api/api-caller.ts';
import type { StreamResponse } from '../server/api-response.ts';
import type { ApiServer } from './api-server.ts';
import type { EventPump } from './event-pump.ts';
import type { Users } from './users.ts';

/** Speaks to a fake without sockets. Answers and events hold the very objects that are stored: never change them. */
export function inProcessCaller(server: ApiServer, users: Users, pump: EventPump): ApiCaller {
  const ask = async (request: ApiRequest): Promise<ApiAnswer | StreamResponse> => {
    const outcome = await server.answer(request, () => users.named(request.as));
    if (outcome.kind !== 'answered') throw unreachable(request, outcome.kind);
    const { response } = outcome;
    return response.kind === 'stream'
      ? response
      : { status: response.status, headers: response.headers, body: response.body };
  };
  return {
    send: async (request) => {
      const response = await ask(request);
      return 'start' in response ? collect(response) : response;
    },
    watch: async (request, onEvent) => {
      const response = await ask({ ...request, query: { ...request.query, watch: 'true' } });
      if ('start' in response) return follow(response, onEvent, pump);
      return { ...response, ended: Promise.resolve('server'), close: () => undefined };
    },
  };
}

/** A watch that was sent as a plain request is answered with what there is at once. */
function collect(response: StreamResponse): ApiAnswer {
  const events: ApiWatchEvent[] = [];
  response.start(
    (event) => events.push(event),
    () => undefined,
  )();
  return { status: response.status, headers: response.headers, body: events };
}

function follow(
  response: StreamResponse,
  onEvent: (event: ApiWatchEvent) => void,
  pump: EventPump,
): ApiWatch {
  let closed = false;
  let finish: (by: 'server' | 'client') => void = () => undefined;
  const ended = new Promise<'server' | 'client'>((resolve) => {
    finish = resolve;
  });
  const stop = response.start(
    (event) => pump.push(() => void (closed || onEvent(event))),
    () => pump.push(() => finish('server')),
  );
  const close = (): void => {
    closed = true;
    stop();
    finish('client');
  };
  return { status: response.status, headers: response.headers, ended, close };
}

function unreachable({ method, path }: ApiRequest, how: 'partial' | 'unreachable'): SluiceError {
  const why =
    how === 'partial' ? 'the connection was cut in the middle of the answer' : 'the connection was refused';
  return new SluiceError('unreachable', `${method} ${path} at the fake cluster: ${why}`, { next: 'retry' });
}
