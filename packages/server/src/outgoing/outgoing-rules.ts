import { isIP } from 'node:net';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Addresses that are no part of the public internet and may be reached all the same. */
export interface OutgoingRule {
  readonly network: readonly [Address, number];
  /** Null for every port. */
  readonly port: number | null;
}

const RULE =
  /^(?:\[(?<bracketed>[0-9a-f:.]+)\]|(?<plain>[0-9a-f:.]+?))(?:\/(?<bits>\d{1,3}))?(?::(?<port>\d{1,5}))?$/i;

/**
 * Reads a list such as `10.0.0.0/8,127.0.0.1:9000,[::1]:9000`: networks or single addresses, each with a port or without.
 * Refused with what is wrong in it.
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
        'Write 10.0.0.0/8, 127.0.0.1:9000 or [::1]:9000, with commas between.',
      );
    rules.push(rule);
  }
  return ok(rules);
}

function ruleOf(part: string): OutgoingRule | null {
  // An IPv6 address without brackets has colons that are no port's.
  const found = isIP(part) === 6 ? { plain: part } : RULE.exec(part)?.groups;
  const host = found?.['bracketed'] ?? found?.['plain'] ?? '';
  if (isIP(host) === 0) return null;
  const address = ipaddr.process(host);
  const most = address.kind() === 'ipv4' ? 32 : 128;
  const bits = Number(found?.['bits'] ?? most);
  const port = found?.['port'] === undefined ? null : Number(found['port']);
  if (bits > most || (port !== null && (port < 1 || port > 65_535))) return null;
  return { network: [address, bits], port };
}

/**
 * Whether the server may connect to an address: to the public internet always, to anything else only by a rule. An IPv4
 * address that is written as IPv6 is judged as what it is.
 */
export function mayConnect(address: string, port: number, rules: readonly OutgoingRule[]): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(withoutZone(address));
  if (parsed.range() === 'unicast') return true;
  return rules.some(
    ({ network, port: only }) =>
      (only === null || only === port) && network[0].kind() === parsed.kind() && parsed.match([...network]),
  );
}

const withoutZone = (address: string): string => address.split('%')[0] ?? '';
