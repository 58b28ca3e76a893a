import { expect, test } from 'vitest';
import { barrierTo, mayConnect, parseOutgoingRules } from './outgoing-rules.ts';

const rules = (text: string) => {
  const parsed = parseOutgoingRules(text);
  if (!parsed.ok) throw new Error(parsed.refusal.message);
  return parsed.value;
};

test.each([
  ['loopback', '127.0.0.1'],
  ['all of loopback', '127.255.255.254'],
  ['nowhere', '0.0.0.0'],
  ['a private network', '10.1.2.3'],
  ['another private network', '172.16.0.1'],
  ['a home network', '192.168.1.1'],
  ['the metadata service', '169.254.169.254'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['a group', '224.0.0.1'],
  ['everybody', '255.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['IPv6 loopback', '::1'],
  ['IPv6 nowhere', '::'],
  ['unique local', 'fd00:ec2::254'],
  ['link local', 'fe80::1'],
  ['link local with a zone', 'fe80::1%eth0'],
  ['loopback mapped to IPv6', '::ffff:127.0.0.1'],
  ['the same in hexadecimal', '::ffff:7f00:1'],
  ['metadata mapped to IPv6', '::ffff:169.254.169.254'],
  ['loopback behind NAT64', '64:ff9b::7f00:1'],
  ['loopback behind 6to4', '2002:7f00:1::'],
  ['an IPv6 group', 'ff02::1'],
  ['no address', 'localhost'],
])('%s is not reached: %s', (_, address) => {
  expect(mayConnect(address, 443, [])).toBe(false);
});

test.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946', '::ffff:93.184.216.34'])(
  'the public internet is reached: %s',
  (address) => {
    expect(mayConnect(address, 443, [])).toBe(true);
  },
);

test('a rule allows a network, an address or one port of it, and nothing beside it', () => {
  const allowed = rules('10.0.0.0/8, 127.0.0.1:9000,[::1]:9000,fd00::/8');
  expect(mayConnect('10.9.9.9', 1, allowed)).toBe(true);
  expect(mayConnect('::ffff:10.9.9.9', 1, allowed)).toBe(true);
  expect(mayConnect('11.0.0.1', 1, allowed)).toBe(true);
  expect(mayConnect('127.0.0.1', 9000, allowed)).toBe(true);
  expect(mayConnect('127.0.0.1', 9001, allowed)).toBe(false);
  expect(mayConnect('127.0.0.2', 9000, allowed)).toBe(false);
  expect(mayConnect('::1', 9000, allowed)).toBe(true);
  expect(mayConnect('::1', 80, allowed)).toBe(false);
  expect(mayConnect('fd12::1', 80, allowed)).toBe(true);
  expect(mayConnect('192.168.0.1', 9000, allowed)).toBe(false);
});

test.each(['localhost', '10.0.0.0/33', '1.2.3', '10.0.0.1:0', '10.0.0.1:99999', '[::1', 'a/8'])(
  '%s is no rule, and the refusal says so',
  (text) => {
    expect(parseOutgoingRules(text)).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining(text.slice(0, 5)) },
    });
  },
);

test.each([
  ['AWS and most others', '169.254.169.254', '169.254.0.0/16'],
  ['AWS over IPv6', 'fd00:ec2::254', 'fd00::/8'],
  ['Google over IPv6', 'fd20:ce::254', 'fc00::/7'],
  ['Alibaba', '100.100.100.200', '100.64.0.0/10'],
  ['Azure, which looks public', '168.63.129.16', '168.0.0.0/8'],
  ['behind NAT64', '64:ff9b::a9fe:a9fe', '64:ff9b::/96'],
])('where a cloud hands out credentials is reached only when named exactly: %s', (_, address, network) => {
  expect(mayConnect(address, 80, [])).toBe(false);
  expect(mayConnect(address, 80, rules(network))).toBe(false);
  expect(mayConnect(address, 80, rules('0.0.0.0/0,::/0'))).toBe(false);
  expect(mayConnect(address, 80, rules(`[${address}]`.replace(/^\[(\d+\..*)\]$/, '$1')))).toBe(true);
});

test('what is in the way is told apart', () => {
  expect(barrierTo('127.0.0.1', 80, [])).toBe('loopback');
  expect(barrierTo('::1', 80, [])).toBe('loopback');
  expect(barrierTo('10.0.0.1', 80, [])).toBe('private');
  expect(barrierTo('169.254.169.254', 80, [])).toBe('metadata');
  expect(barrierTo('localhost', 80, [])).toBe('no-address');
});

test('a rule says whose calls it is for', () => {
  expect(rules('10.0.0.0/8, acme=127.0.0.1:9000,acme=::1')).toMatchObject([
    { organisation: null, port: null },
    { organisation: 'acme', port: 9000 },
    { organisation: 'acme', network: [expect.anything(), 128] },
  ]);
  expect(parseOutgoingRules('Acme=10.0.0.1')).toMatchObject({ ok: false });
  expect(parseOutgoingRules('acme=')).toMatchObject({ ok: false });
});

test.each(['::7f00:1', '::a00:1', '4000::1', 'fec0::1'])(
  '%s is nobody’s on the public internet',
  (address) => {
    expect(mayConnect(address, 80, [])).toBe(false);
    expect(mayConnect('2606:4700::1111', 80, [])).toBe(true);
  },
);

test('an empty list allows nothing more', () => {
  expect(rules('')).toEqual([]);
});
