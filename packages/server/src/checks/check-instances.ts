import type { CheckSpec } from '@sluice/core/rollout/component-spec.ts';
import type { CheckResult, CheckSubject } from './check-runner.ts';
import { connectOnce, type Endpoint } from './check-tcp.ts';
import { deadline } from './deadline.ts';
import { askHttp } from './http-answer.ts';
import { troubleInWords } from './trouble-in-words.ts';

type InstanceCheck = Extract<CheckSpec, { kind: 'http' | 'tcp' }>;

/** Puts the same question to every ready instance at once; the check passes when all of them give a good answer. */
export async function checkInstances(
  check: InstanceCheck,
  { endpoints, revision }: CheckSubject,
  calledOff: AbortSignal,
): Promise<CheckResult> {
  const limit = deadline(check.timeoutMs, calledOff);
  const asked = check.kind === 'http' ? `GET ${check.path}` : 'a connection';
  const faults = await Promise.all(
    endpoints.map(async (endpoint) => {
      const at = `${endpoint.host}:${endpoint.port}`;
      const fault = await faultOf(check, endpoint, {
        protocol: revision.component.request.protocol,
        signal: limit.signal,
      }).catch((thrown: unknown) => `failed: ${limit.reason() ?? troubleInWords(thrown)}`);
      return fault === undefined ? [] : [`${asked} to ${at} ${fault}`];
    }),
  );
  return verdictOf(check, asked, faults.flat(), endpoints.length);
}

interface Asking {
  readonly protocol: 'http1' | 'h2c';
  readonly signal: AbortSignal;
}

async function faultOf(
  check: InstanceCheck,
  endpoint: Endpoint,
  { protocol, signal }: Asking,
): Promise<string | undefined> {
  if (check.kind === 'tcp') {
    await connectOnce(endpoint, signal);
    return undefined;
  }
  const { expectStatus, expectBody } = check;
  // Joined as text: a path that begins with two slashes would otherwise name another host.
  const url = new URL(`${originOf(endpoint)}/${check.path.replace(/^\//, '')}`);
  const { status, body } = await askHttp({ url, protocol, readBody: expectBody !== null }, signal);
  if (status !== expectStatus) return `was answered ${status}, expected ${expectStatus}`;
  if (expectBody !== null && !body.includes(expectBody))
    return `was answered ${status}, but the body does not contain ${JSON.stringify(expectBody)}`;
  return undefined;
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
