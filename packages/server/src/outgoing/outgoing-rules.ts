import { isIP } from 'node:net';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Addresses that are no part of the public internet and may be reached all the same. */
export interface OutgoingRule {
  /** Whose calls it holds for; null: those of whoever runs the control plane. */
  readonly organisation: string | null;
  readonly network: readonly [Address, number];
  /** Null for every port. */
  readonly port: number | null;
}

const RULE =
  /^(?:\[(?<bracketed>[0-9a-f:.]+)\]|(?<plain>[0-9a-f:.]+?))(?:\/(?<bits>\d{1,3}))?(?::(?<port>\d{1,5}))?$/i;
const OF_ORGANISATION = /^(?<organisation>[a-z0-9][a-z0-9-]{0,31})=(?<rest>.*)$/;

/**
 * Reads a list such as `10.0.0.0/8,127.0.0.1:9000,[::1]:9000,acme=10.7.0.0/16`: networks or single addresses, each with a port
 * or without, and before them the organisation that they are for, where that is not the operator's own. Refused with what is
 * wrong in it.
 */
export function parseOutgoingRules(text: string): Result<readonly OutgoingRule[]> {
  const rules: OutgoingRule[] = [];
  for (const part of text.split(',').map((entry) => entry.trim())) {
    if (part === '') continue;
    const rule = ruleOf(part);
    if (rule === null)
      return refuse(
        'bad-outgoing-rule',
        `'${part.slice(0, 80)}' is neither an address nor a network`,
        'Write 10.0.0.0/8, 127.0.0.1:9000, [::1]:9000 or acme=10.7.0.0/16, with commas between.',
      );
    rules.push(rule);
  }
  return ok(rules);
}

function ruleOf(part: string): OutgoingRule | null {
  const named = OF_ORGANISATION.exec(part)?.groups;
  const place = named?.['rest'] ?? part;
  // An IPv6 address without brackets has colons that are no port's.
  const found = isIP(place) === 6 ? { plain: place } : RULE.exec(place)?.groups;
  const host = found?.['bracketed'] ?? found?.['plain'] ?? '';
  if (isIP(host) === 0) return null;
  const address = ipaddr.process(host);
  const most = address.kind() === 'ipv4' ? 32 : 128;
  const bits = Number(found?.['bits'] ?? most);
  const port = found?.['port'] === undefined ? null : Number(found['port']);
  if (bits > most || (port !== null && (port < 1 || port > 65_535))) return null;
  return { organisation: named?.['organisation'] ?? null, network: [address, bits], port };
}

/** What stands between the server and an address that it may not connect to. */
export type Barrier = 'no-address' | 'loopback' | 'private' | 'metadata';

/**
 * Where clouds tell a machine who it is and hand out its credentials, beside the link-local addresses: AWS, Google, Alibaba,
 * Oracle and Azure (168.63.129.16, which looks like the public internet).
 */
const METADATA = ['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '192.0.0.192', '168.63.129.16'].map(
  (text) => ipaddr.process(text),
);

/**
 * What keeps the server from connecting to an address; null when nothing does. The public internet may be reached always,
 * anything else only by a rule, and where clouds hand out credentials only by a rule that names the very address. An IPv4
 * address that is written as IPv6 is judged as what it is.
 */
export function barrierTo(address: string, port: number, rules: readonly OutgoingRule[]): Barrier | null {
  if (isIP(address) === 0) return 'no-address';
  const parsed = ipaddr.process(withoutZone(address));
  const isMetadata = parsed.range() === 'linkLocal' || METADATA.some((one) => isSame(one, parsed));
  if (isPublic(parsed) && !isMetadata) return null;
  // Of addresses that wrap another nobody can see at a glance what a network of them lets through.
  const needsExact = isMetadata || WRAPPING.has(parsed.range());
  const isAllowed = rules.some(
    ({ network: [base, bits], port: only }) =>
      (only === null || only === port) &&
      base.kind() === parsed.kind() &&
      (!needsExact || bits === (parsed.kind() === 'ipv4' ? 32 : 128)) &&
      parsed.match([base, bits]),
  );
  if (isAllowed) return null;
  if (isMetadata) return 'metadata';
  return parsed.range() === 'loopback' ? 'loopback' : 'private';
}

/** Whether the server may connect to an address. */
export const mayConnect = (address: string, port: number, rules: readonly OutgoingRule[]): boolean =>
  barrierTo(address, port, rules) === null;

/** Of IPv6 only this has been given to anybody (RFC 4291, 2.4): `::7f00:1` is 127.0.0.1, written as nobody does any more. */
const GIVEN: readonly [Address, number] = [ipaddr.parse('2000::'), 3];

const isPublic = (address: Address): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GIVEN[0], GIVEN[1]));

const WRAPPING: ReadonlySet<string> = new Set(['rfc6145', 'rfc6052', '6to4', 'teredo']);

const isSame = (one: Address, other: Address): boolean =>
  one.kind() === other.kind() && one.toNormalizedString() === other.toNormalizedString();

const withoutZone = (address: string): string => address.split('%')[0] ?? '';
