import { expect, test } from 'vitest';
import { tlsSettingsIn } from './tls-settings.ts';

const both = { 'tls-cert': '/c.pem', 'tls-key': '/k.pem' };

test('without a certificate there is no TLS', () => {
  expect(tlsSettingsIn({}, {})).toEqual({ ok: true, value: null });
});

test.each([
  ['', '127.0.0.1', 7443],
  ['9443', '127.0.0.1', 9443],
  ['0.0.0.0', '0.0.0.0', 7443],
  ['10.0.0.7:443', '10.0.0.7', 443],
  ['::', '::', 7443],
  ['[::]:443', '::', 443],
])('--listen "%s" is %s and port %i', (listen, address, port) => {
  expect(tlsSettingsIn({ ...both, listen }, {})).toMatchObject({ ok: true, value: { address, port } });
});

test('variables say it where options do not', () => {
  const environment = { SLUICE_TLS_CERT: '/c.pem', SLUICE_TLS_KEY: '/k.pem', SLUICE_TLS_CLIENT_CA: '/a.pem' };
  expect(tlsSettingsIn({ 'tls-key': '/other.pem' }, environment)).toMatchObject({
    value: { certificateFile: '/c.pem', keyFile: '/other.pem', clientAuthorityFile: '/a.pem' },
  });
});

test.each([
  [{ listen: '0.0.0.0:7443' }, 'tokens could be read on the way'],
  [{ 'tls-cert': '/c.pem' }, 'go together'],
  [{ 'tls-key': '/k.pem' }, 'go together'],
  [{ 'tls-client-ca': '/a.pem' }, '--tls-client-ca needs --tls-cert'],
  [{ ...both, listen: 'sluice.example:7443' }, '--listen needs an address'],
  [{ ...both, listen: '0.0.0.0:70000' }, '--listen needs an address'],
  [{ ...both, listen: '1:2:3' }, '--listen needs an address'],
])('%j is refused: %s', (options, fault) => {
  const read = tlsSettingsIn(options, {});
  expect(read.ok ? '' : read.refusal.message).toContain(fault);
});
