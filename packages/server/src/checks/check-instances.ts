import type { CheckSpec } from '@sluice/core/rollout/component-spec.ts';
import { type FindWay, isWayBlocked, type WayToInstances } from './ask-pods.ts';
import type { CheckResult, CheckSubject, ReadyInstance } from './check-runner.ts';
import { connectOnce, type Endpoint } from './check-tcp.ts';
import { deadline } from './deadline.ts';
import { askHttp, type HttpAnswer } from './http-answer.ts';
import { troubleInWords } from './trouble-in-words.ts';
import type { AddressJudge } from '../outgoing/address-judge.ts';
import { judgedLookup } from './judged-lookup.ts';
import { unlessAborted } from './unless-aborted.ts';

type InstanceCheck = Extract<CheckSpec, { kind: 'http' | 'tcp' }>;

/** Who may call a check off, and how instances are reached. */
export interface InstanceAsking {
  readonly calledOff: AbortSignal;
  readonly wayTo: FindWay;
  /** Says where may be connected to; left out where every instance may be. */
  readonly judge?: AddressJudge | undefined;
}

/**
 * Puts the same question to every ready instance at once; the check passes when all of them give a good answer.
 *
 * @throws SluiceError `unreachable` when what they are asked through does not answer
 */
export async function checkInstances(
  check: InstanceCheck,
  { endpoints, revision }: CheckSubject,
  { calledOff, wayTo, judge }: InstanceAsking,
): Promise<CheckResult> {
  const limit = deadline(check.timeoutMs, calledOff);
  const asked = check.kind === 'http' ? `GET ${check.path}` : 'a connection';
  const through = check.kind === 'http' ? await wayTo(revision) : null;
  const faults = await Promise.all(
    endpoints.map(async (endpoint) => {
      const { name, host, port } = endpoint;
      const at = `${through === null ? host : (name ?? host)}:${port}`;
      const { protocol } = revision.component.request;
      const fault = await faultOf(check, endpoint, { protocol, through, judge, signal: limit.signal }).catch(
        (thrown: unknown) => {
          if (isWayBlocked(thrown)) throw thrown;
          return `failed: ${limit.reason() ?? troubleInWords(thrown)}`;
        },
      );
      return fault === undefined ? [] : [`${asked} to ${at} ${fault}`];
    }),
  );
  // Silence is that of the instances only if what they are asked through can be heard.
  if (through !== null && limit.signal.aborted && !calledOff.aborted) await through.requireOpen();
  return verdictOf(check, asked, faults.flat(), endpoints.length);
}

type Place = ReadyInstance & Endpoint;

interface Asking {
  readonly protocol: 'http1' | 'h2c';
  /** Null: at its own address. */
  readonly through: WayToInstances | null;
  readonly judge: AddressJudge | undefined;
  readonly signal: AbortSignal;
}

async function faultOf(
  check: InstanceCheck,
  instance: ReadyInstance,
  asking: Asking,
): Promise<string | undefined> {
  const { through, judge, signal } = asking;
  const isJudged = through === null && judge !== undefined;
  const endpoint: Place = isJudged
    ? { ...instance, lookup: await unlessAborted(judgedLookup(judge, instance), signal) }
    : instance;
  if (check.kind === 'tcp') {
    await connectOnce(endpoint, signal);
    return undefined;
  }
  const { expectStatus, expectBody } = check;
  const { status, body } = await answerOf(check, endpoint, asking);
  if (status !== expectStatus) return `was answered ${status}, expected ${expectStatus}`;
  if (expectBody !== null && !body.includes(expectBody))
    return `was answered ${status}, but the body does not contain ${JSON.stringify(expectBody)}`;
  return undefined;
}

function answerOf(
  { path, expectBody, timeoutMs }: Extract<InstanceCheck, { kind: 'http' }>,
  endpoint: Place,
  { protocol, through, signal }: Asking,
): Promise<HttpAnswer> {
  // Joined as text: a path that begins with two slashes would otherwise name another host.
  const url = new URL(`${originOf(endpoint)}/${path.replace(/^\//, '')}`);
  if (through === null)
    return askHttp({ url, protocol, readBody: expectBody !== null, lookup: endpoint.lookup }, signal);
  // It cannot be called off; it is not waited for any more.
  return unlessAborted(through.ask(endpoint, `${url.pathname}${url.search}`, timeoutMs), signal);
}

/** The address of an instance, as `http://host:port`. */
export const originOf = ({ host, port }: Endpoint): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

function verdictOf(
  check: InstanceCheck,
  asked: string,
  faults: readonly string[],
  instances: number,
): CheckResult {
  const [first] = faults;
  const all = instances === 1 ? 'the one ready instance' : `all ${instances} ready instances`;
  if (first === undefined) {
    const good = check.kind === 'http' ? `was answered ${check.expectStatus} by` : 'was accepted by';
    return { passed: true, message: `${asked} ${good} ${all}.` };
  }
  const rest = instances > 1 ? ` (${faults.length} of ${instances} ready instances failed)` : '';
  return { passed: false, message: `${first}${rest}.` };
}
