import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';

/** Proxies whose word is taken for where a request comes from. */
export type TrustedProxies = Pick<BlockList, 'check'>;

/** Nobody's word is taken. */
export const NO_PROXIES: TrustedProxies = new BlockList();

/** Reads `10.0.0.0/8,127.0.0.1`: addresses, and networks with the length of their prefix. */
export function parseProxies(text: string): Result<TrustedProxies> {
  const list = new BlockList();
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue;
    const [address = '', prefix, ...rest] = part.split('/');
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    const bits = prefix === undefined ? most : Number(prefix);
    const isPrefix = prefix === undefined || /^\d{1,3}$/.test(prefix);
    if (family === 0 || rest.length > 0 || !isPrefix || bits > most)
      return refuse(
        'bad-proxies',
        `"${part}" is no address and no network`,
        'Write 127.0.0.1 or 10.0.0.0/8.',
      );
    list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
  }
  return ok(list);
}

/** Addresses in a header; more than that no chain of proxies makes. */
const MOST_HOPS = 20;

/**
 * Tells where requests come from: the peer of the connection, and where that is a trusted proxy, whom it names in
 * `X-Forwarded-For`, from the last one back to the first that is not trusted. What stands before that one anybody could have
 * written. Of IPv6 it is the network (/64) that counts, of which a single machine usually has a whole one.
 */
export const addressReader =
  (trusted: TrustedProxies) =>
  ({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string => {
    let found = plain(socket.remoteAddress ?? '');
    const header = [headers['x-forwarded-for'] ?? ''].flat().join(',');
    for (const hop of header.split(',').reverse().slice(0, MOST_HOPS)) {
      const next = plain(hop.trim());
      if (!isTrusted(trusted, found) || isIP(next) === 0) break;
      found = next;
    }
    return isIPv6(found) ? networkOf(found) : found;
  };

function isTrusted(trusted: TrustedProxies, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Without the port that some proxies write, and IPv4 as such where a socket for both says it. */
const plain = (text: string): string =>
  text
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/^\[([^\]]+)\](:\d+)?$/, '$1')
    .replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1');

/** The first four of the eight groups. */
function networkOf(address: string): string {
  if (address === '::1') return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
