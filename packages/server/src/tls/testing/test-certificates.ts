import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type CertificateWish, issueCertificate } from '../issue-certificate.ts';

/** A certificate with its key, in PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Certificates for tests, of an authority of their own. */
export interface TestAuthority {
  readonly certificate: string;
  issue(
    wish: Pick<CertificateWish, 'use' | 'hosts' | 'uris'> & Partial<Pick<CertificateWish, 'from' | 'until'>>,
  ): TestCertificate;
}

const DAY_MS = 86_400_000;
const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Makes an authority that nobody knows yet. */
export function testAuthority(name = 'an authority of tests'): TestAuthority {
  const keys = ec();
  const issuer = { name, key: keys.privateKey };
  const times = () => ({ from: Date.now() - 60_000, until: Date.now() + DAY_MS });
  const own = { ...times(), ...keys, name, issuer, use: 'authority' as const };
  return {
    certificate: issueCertificate(own),
    issue: (wish) => {
      const { publicKey, privateKey } = ec();
      const certificate = issueCertificate({ ...times(), name: 'a test', publicKey, issuer, ...wish });
      return { certificate, key: pemOf(privateKey) };
    },
  };
}
