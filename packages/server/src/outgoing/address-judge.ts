import { lookup as resolveName } from 'node:dns/promises';
import { isIP } from 'node:net';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type Barrier, barrierTo, type OutgoingRule } from './outgoing-rules.ts';

/** The addresses of a host, in the order in which they are tried; rejects when it has none. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

/**
 * The addresses of a host at which it may be connected to, at least one; brackets of IPv6 are left out.
 * @throws SluiceError `invalid-input` when it may not be connected to, with why and what to do; `unreachable` when nobody knows
 *   the host
 */
export type AddressJudge = (host: string, port: number) => Promise<readonly [string, ...string[]]>;

/** Whose calls are judged, and how names become addresses. */
export interface AddressJudgeParts {
  readonly rules: readonly OutgoingRule[];
  /** Null: whoever runs the control plane. */
  readonly organisation: string | null;
  readonly resolve?: ResolveHost | undefined;
}

/** Judges by the rules that are the organisation's own: what is allowed to one opens nothing to another. */
export function addressJudge({ rules, organisation, resolve }: AddressJudgeParts): AddressJudge {
  const own = rules.filter((rule) => rule.organisation === organisation);
  const addressesOf = resolve ?? resolveBySystem;
  return async (host, port) => {
    const literal = withoutBrackets(host);
    const addresses = isIP(literal) === 0 ? await addressesOf(literal) : [literal];
    const [first, ...others] = addresses.filter((address) => barrierTo(address, port, own) === null);
    if (first !== undefined) return [first, ...others];
    const refused = addresses[0] ?? '';
    const barrier = barrierTo(refused, port, own) ?? 'no-address';
    throw refusal({ host: literal, port, address: refused, barrier, organisation });
  };
}

/** A host without the brackets that an IPv6 address has in a URL. */
export const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

interface Refused {
  readonly host: string;
  readonly port: number;
  readonly address: string;
  readonly barrier: Barrier;
  readonly organisation: string | null;
}

function refusal({ host, port, address, barrier, organisation }: Refused): SluiceError {
  // What the names of the operator's network mean is no business of other organisations.
  const isShown = organisation === null && address !== '' && address !== host;
  const where = isShown ? `${host} is ${address}, which` : host;
  const shown = organisation === null && address !== '' ? address : isIP(host) ? host : 'ADDRESS';
  const flag = `${organisation === null ? '' : `${organisation}=`}${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
  return new SluiceError(
    'invalid-input',
    `${host}:${port} is refused: ${where} ${MEANING[barrier]}; if that is meant, whoever runs the control plane starts it with --allow-outgoing ${flag}`,
    { next: 'ask-human' },
  );
}

const MEANING: Readonly<Record<Barrier, string>> = {
  'no-address': 'has no address',
  loopback: 'is the machine of the control plane itself, and no address of the public internet',
  private: 'lies in a private network, and is no address of the public internet',
  metadata: 'is where a cloud hands out the credentials of the machine',
};

async function resolveBySystem(host: string): Promise<readonly string[]> {
  const found = await resolveName(host, { all: true }).catch((thrown: unknown) => {
    throw new SluiceError('unreachable', `the host ${host} is not known`, { next: 'retry', cause: thrown });
  });
  return found.map(({ address }) => address);
}
