import { setTimeout as delay } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import {
  type WorkRequest,
  WorkResponseSchema,
  type WorkerHello,
  type WorkerService,
} from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import type { AgentDirectory } from './agent-directory.ts';
import { refusalError } from './call-error.ts';
import { CUT_CALL } from './call-stream.ts';
import type { WorkerWitnesses } from '../../ledger/worker-witnesses.ts';
import { SessionWitness } from './session-witness.ts';
import { WorkSession, type WorkSessionPorts } from './work-session.ts';
import type { WorkSessions } from './work-sessions.ts';
import { checkedHello } from './worker-hello.ts';

/** What workers are served with. */
export interface WorkPorts extends Omit<WorkSessionPorts, 'cut' | 'witnessed'> {
  readonly tenant: string;
  readonly agents: Pick<AgentDirectory, 'get' | 'revision'>;
  readonly sessions: WorkSessions;
  /** Notes the workers that are witnesses of the ledger. */
  readonly witnesses: Pick<WorkerWitnesses, 'enter'>;
}

/** A connection that says nothing is of no use to anybody. */
const HELLO_TIMEOUT_MS = 10_000;

/** Serves workers, each in a session of its own. */
export const work = (ports: WorkPorts): ServiceImpl<typeof WorkerService>['work'] =>
  async function* workSession(requests, context) {
    const words = requests[Symbol.asyncIterator]();
    const said = await firstWord(words, context.signal);
    const checked = await checkedHello(ports.agents, ports.tenant, said);
    if (!checked.ok) throw refusalError(checked.refusal);
    const { hello, held } = checked.value;
    const session: WorkSession = new WorkSession(hello, {
      ...ports,
      cut: context.values.get(CUT_CALL),
      witnessed: (told) => witness?.heard(told),
    });
    const witness =
      said.witnessed && new SessionWitness(hello, said.witnessed, (head) => session.offer(head));
    const left = ports.sessions.enter(session);
    let forget = (_contradicts: boolean): void => undefined;
    context.signal.addEventListener('abort', () => session.end(closedBy(context.signal)), { once: true });
    try {
      const heldTaskIds = [...(await session.resume(held))];
      const welcome = { lease: durationFromMs(ports.leaseMs), heldTaskIds };
      yield create(WorkResponseSchema, { message: { case: 'welcome', value: welcome } });
      if (witness) forget = ports.witnesses.enter(witness);
      void session.listen({ [Symbol.asyncIterator]: () => words });
      yield* session.messages;
    } finally {
      session.end();
      left();
      witness?.left();
      forget(witness?.contradicts ?? false);
    }
  };

async function firstWord(words: AsyncIterator<WorkRequest>, signal: AbortSignal): Promise<WorkerHello> {
  const waiting = new AbortController();
  const first = words.next();
  const late = delay(HELLO_TIMEOUT_MS, undefined, { signal: AbortSignal.any([signal, waiting.signal]) });
  const said = await Promise.race([first, late.catch(() => first)]);
  waiting.abort();
  if (said === undefined) first.catch(() => undefined);
  const message = said?.done === false ? said.value.message : undefined;
  if (message?.case === 'hello') return message.value;
  throw new ConnectError(
    said === undefined
      ? `The worker said nothing for ${HELLO_TIMEOUT_MS} ms. Say hello in the first message.`
      : 'The first message of a worker is its hello: who it is, and of which agent and revision.',
    said === undefined ? Code.DeadlineExceeded : Code.InvalidArgument,
  );
}

const closedBy = ({ reason }: AbortSignal): ConnectError =>
  ConnectError.from(reason ?? new ConnectError('The call has ended.', Code.Canceled));
