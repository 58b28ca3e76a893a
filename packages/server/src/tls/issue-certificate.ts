import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { BitString, Integer, OctetString, Utf8String } from 'asn1js';
import ipaddr from 'ipaddr.js';
import {
  AlgorithmIdentifier,
  AltName,
  AttributeTypeAndValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  Extension,
  ExtKeyUsage,
  GeneralName,
  PublicKeyInfo,
  RelativeDistinguishedNames,
  Time,
} from 'pkijs';

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
const ALGORITHM = '1.2.840.10045.4.3.2';
const EXTENDED_USE = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;
/** Times from here on have four digits of the year (RFC 5280, 4.1.2.5). */
const FOUR_DIGITS_FROM: Instant = Date.UTC(2050, 0, 1);
/** What a name is of, and how a time is written, by the numbers of ASN.1. */
const [DNS_NAME, URI, IP_ADDRESS] = [2, 6, 7] as const;
const [UTC_TIME, GENERALIZED_TIME] = [0, 1] as const;

/**
 * Makes a certificate after RFC 5280; gives its PEM.
 *
 * The library writes it down, and Node signs it: nothing is read but the public key, as Node wrote it.
 */
export function issueCertificate(wish: CertificateWish): string {
  const algorithm = new AlgorithmIdentifier({ algorithmId: ALGORITHM });
  const certificate = new Certificate({
    // That is version 3.
    version: 2,
    serialNumber: new Integer({ valueHex: serialNumber() }),
    signature: algorithm,
    signatureAlgorithm: algorithm,
    issuer: nameOf(wish.issuer.name),
    notBefore: timeOf(wish.from),
    notAfter: timeOf(wish.until),
    subject: nameOf(wish.name),
    subjectPublicKeyInfo: PublicKeyInfo.fromBER(spkiOf(wish.publicKey)),
    extensions: extensionsOf(wish),
  });
  const signed = Buffer.from(certificate.encodeTBS().toBER());
  certificate.signatureValue = new BitString({ valueHex: sign('sha256', signed, wish.issuer.key) });
  const lines =
    Buffer.from(certificate.toSchema(true).toBER())
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** 127 random bits, of which the first is set: no two are the same, and none is longer than it may be. */
const serialNumber = (): Uint8Array =>
  randomBytes(16).map((byte, index) => (index === 0 ? (byte & 0x7f) | 0x40 : byte));

const nameOf = (commonName: string): RelativeDistinguishedNames =>
  new RelativeDistinguishedNames({
    typesAndValues: [
      new AttributeTypeAndValue({ type: '2.5.4.3', value: new Utf8String({ value: commonName }) }),
    ],
  });

/** To the second: the library would write fractions, which RFC 5280 forbids (4.1.2.5.2). */
const timeOf = (at: Instant): Time =>
  new Time({
    type: at < FOUR_DIGITS_FROM ? UTC_TIME : GENERALIZED_TIME,
    value: new Date(Math.floor(at / 1000) * 1000),
  });

const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

function extensionsOf({ publicKey, issuer, use, uris = [], hosts = [] }: CertificateWish): Extension[] {
  const isAuthority = use === 'authority';
  const constraints = isAuthority ? { cA: true, pathLenConstraint: 0 } : { cA: false };
  const keyIdentifier = keyName(createPublicKey(issuer.key));
  const altNames = [...uris.map((value) => new GeneralName({ type: URI, value })), ...hosts.map(hostName)];
  return [
    extension('2.5.29.19', new BasicConstraints(constraints).toSchema(), true),
    extension('2.5.29.15', isAuthority ? SIGNS_OTHERS : SIGNS_HANDSHAKES, true),
    ...(use === 'authority'
      ? []
      : [extension('2.5.29.37', new ExtKeyUsage({ keyPurposes: [EXTENDED_USE[use]] }).toSchema())]),
    extension('2.5.29.14', keyName(publicKey)),
    extension('2.5.29.35', new AuthorityKeyIdentifier({ keyIdentifier }).toSchema()),
    ...(altNames.length === 0 ? [] : [extension('2.5.29.17', new AltName({ altNames }).toSchema())]),
  ];
}

/** To sign certificates and lists of revoked ones (RFC 5280, 4.2.1.3). */
const SIGNS_OTHERS = new BitString({ valueHex: Uint8Array.of(0x06), unusedBits: 1 });
const SIGNS_HANDSHAKES = new BitString({ valueHex: Uint8Array.of(0x80), unusedBits: 7 });

const extension = (
  extnID: string,
  value: { readonly toBER: () => ArrayBuffer },
  critical = false,
): Extension => new Extension({ extnID, critical, extnValue: value.toBER() });

/** The first 160 bits of a digest of the key (RFC 7093, 2). */
const keyName = (key: KeyObject): OctetString =>
  new OctetString({ valueHex: createHash('sha256').update(spkiOf(key)).digest().subarray(0, 20) });

const hostName = (host: string): GeneralName =>
  ipaddr.isValid(host)
    ? new GeneralName({
        type: IP_ADDRESS,
        value: new OctetString({ valueHex: Uint8Array.from(ipaddr.parse(host).toByteArray()) }),
      })
    : new GeneralName({ type: DNS_NAME, value: host });
