import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import ipaddr from 'ipaddr.js';
import { bits, der, integer, moment, objectId, octets, sequence, tagged, TRUE, utf8 } from './der.ts';

/** What a certificate says, and who says it. */
export interface CertificateWish {
  readonly publicKey: KeyObject;
  /** The common name of whom it is of. */
  readonly name: string;
  /** Who signs; an ECDSA key on P-256. */
  readonly issuer: { readonly name: string; readonly key: KeyObject };
  readonly from: Instant;
  readonly until: Instant;
  /** What it may be used for: to sign others, to be a server, to be a client. */
  readonly use: 'authority' | 'server' | 'client';
  readonly uris?: readonly string[];
  /** Names of hosts, or addresses. */
  readonly hosts?: readonly string[];
}

/** ecdsa-with-SHA256 (RFC 5758, 3.2). */
const ALGORITHM = sequence(objectId('1.2.840.10045.4.3.2'));
const EXTENDED_USE = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/** Makes a certificate after RFC 5280; gives its PEM. */
export function issueCertificate(wish: CertificateWish): string {
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    // 127 random bits, of which the first is set: no two are the same, and none is longer than it may be.
    integer(Buffer.from(randomBytes(16).map((byte, index) => (index === 0 ? (byte & 0x7f) | 0x40 : byte)))),
    ALGORITHM,
    nameOf(wish.issuer.name),
    sequence(moment(wish.from), moment(wish.until)),
    nameOf(wish.name),
    spkiOf(wish.publicKey),
    tagged(3, sequence(...extensionsOf(wish))),
  );
  const certificate = sequence(body, ALGORITHM, bits(sign('sha256', body, wish.issuer.key)));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

const nameOf = (commonName: string): Buffer =>
  sequence(der(0x31, sequence(objectId('2.5.4.3'), utf8(commonName))));

const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

function extensionsOf({ publicKey, issuer, use, uris = [], hosts = [] }: CertificateWish): readonly Buffer[] {
  const isAuthority = use === 'authority';
  const names = [...uris.map((uri) => der(0x86, Buffer.from(uri))), ...hosts.map(hostName)];
  return [
    extension('2.5.29.19', isAuthority ? sequence(TRUE, integer(Buffer.from([0]))) : sequence(), true),
    // To sign certificates and lists of revoked ones, or to sign a handshake.
    extension('2.5.29.15', isAuthority ? bits(Buffer.from([0x06]), 1) : bits(Buffer.from([0x80]), 7), true),
    ...(isAuthority ? [] : [extension('2.5.29.37', sequence(objectId(EXTENDED_USE[use])))]),
    extension('2.5.29.14', octets(keyName(publicKey))),
    extension('2.5.29.35', sequence(der(0x80, keyName(createPublicKey(issuer.key))))),
    ...(names.length === 0 ? [] : [extension('2.5.29.17', sequence(...names))]),
  ];
}

const extension = (id: string, value: Buffer, isCritical = false): Buffer =>
  sequence(objectId(id), ...(isCritical ? [TRUE] : []), octets(value));

/** The first 160 bits of a digest of the key (RFC 7093, 2). */
const keyName = (key: KeyObject): Buffer => createHash('sha256').update(spkiOf(key)).digest().subarray(0, 20);

const hostName = (host: string): Buffer =>
  ipaddr.isValid(host)
    ? der(0x87, Buffer.from(ipaddr.parse(host).toByteArray()))
    : der(0x82, Buffer.from(host));
