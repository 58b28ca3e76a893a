import { never } from '@sluice/core/kernel/assert.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ComponentSpec, NeedSpec } from '@sluice/core/rollout/component-spec.ts';
import type { CheckResult } from '../check-runner.ts';
import { connectOnce } from '../check-tcp.ts';
import { componentVariables, type ReadKeptSecret } from '../component-variables.ts';
import { deadline } from '../deadline.ts';
import { askHttp } from '../http-answer.ts';
import { judgedLookup } from '../judged-lookup.ts';
import { redact } from '../redact.ts';
import { troubleInWords } from '../trouble-in-words.ts';
import type { AddressJudge } from '../../outgoing/address-judge.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { needAddress, type NeedAddress } from './need-address.ts';
import { reachPostgres } from './reach-postgres.ts';
import type { Reached } from './reached.ts';
import { reachRedis } from './reach-redis.ts';

/** A need with the component that has it. */
export interface NeedOrder {
  readonly need: NeedSpec;
  readonly component: Pick<ComponentSpec, 'env' | 'secrets'>;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly readKept?: ReadKeptSecret | undefined;
  /** Says where may be connected to; left out for what runs on this machine, and may connect to everything from there. */
  readonly judge?: AddressJudge | undefined;
}

const NAMES: Readonly<Record<NeedSpec['kind'], string>> = {
  tcp: 'TCP',
  http: 'HTTP',
  postgres: 'PostgreSQL',
  redis: 'Redis',
};

/** Asks once whether a need is there and speaks its protocol. No message holds a user, a password or a query. */
export async function reachNeed(order: NeedOrder, calledOff: AbortSignal): Promise<CheckResult> {
  const { need } = order;
  const variables = await componentVariables(order.component, order.environment, order.readKept);
  const address = needAddress(need, variables);
  const name = NAMES[need.kind];
  if (!address.ok) return { passed: false, message: `${name} was not tried: ${address.refusal.message}.` };
  const limit = deadline(need.timeoutMs, calledOff);
  const asked = judgedAddress(address.value, order.judge, limit.signal).then((judged) =>
    ask(need.kind, judged, limit.signal),
  );
  const { reached, words } = await asked.catch((thrown: unknown) => ({
    reached: false,
    words: `could not be reached: ${limit.reason() ?? troubleInWords(thrown)}`,
  }));
  const secrets = [...Object.values(variables.secrets), address.value.password ?? ''];
  return { passed: reached, message: redact(`${name} at ${address.value.shown} ${words}.`, secrets) };
}

async function judgedAddress(
  address: NeedAddress,
  judge: AddressJudge | undefined,
  signal: AbortSignal,
): Promise<NeedAddress> {
  if (judge === undefined) return address;
  if (address.host.startsWith('/'))
    throw new SluiceError('invalid-input', 'it is a socket of the machine of the control plane', {
      next: 'ask-human',
    });
  return { ...address, lookup: await unlessAborted(judgedLookup(judge, address), signal) };
}

function ask(kind: NeedSpec['kind'], address: NeedAddress, signal: AbortSignal): Promise<Reached> {
  switch (kind) {
    case 'tcp':
      return reachTcp(address, signal);
    case 'http':
      return reachHttp(address, signal);
    case 'postgres':
      return reachPostgres(address, signal);
    case 'redis':
      return reachRedis(address, signal);
    default:
      return never(kind, 'reachNeed');
  }
}

async function reachTcp(address: NeedAddress, signal: AbortSignal): Promise<Reached> {
  await connectOnce(address, signal);
  return { reached: true, words: 'accepted a connection' };
}

/**
 * Any answer below 500 counts: a 401 or a 404 says that the service is there and that this path is not meant for us; a
 * 5xx says, in the service's or its proxy's own words, that it cannot serve now.
 */
async function reachHttp(address: NeedAddress, signal: AbortSignal): Promise<Reached> {
  const scheme = address.scheme === 'https' ? 'https' : 'http';
  const url = new URL(`${scheme}://${address.shown}${address.path === '' ? '/' : address.path}`);
  const { status } = await askHttp(
    { url, protocol: 'http1', readBody: false, lookup: address.lookup },
    signal,
  );
  return { reached: status < 500, words: `answered ${status}` };
}
