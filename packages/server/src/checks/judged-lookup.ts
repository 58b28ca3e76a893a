import { isIP, type LookupFunction } from 'node:net';
import type { AddressJudge } from '../outgoing/address-judge.ts';
import type { Endpoint } from './check-tcp.ts';

/**
 * Judges where a connection would go, and gives how its name is looked up then: as the very addresses that were judged.
 * @throws SluiceError `invalid-input` when it may not be connected to
 */
export async function judgedLookup(judge: AddressJudge, { host, port }: Endpoint): Promise<LookupFunction> {
  const addresses = await judge(host, port);
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, { all }, callback) =>
    all ? callback(null, found) : callback(null, addresses[0], isIP(addresses[0]));
}
