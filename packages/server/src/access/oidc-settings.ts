import { readFileSync } from 'node:fs';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';

/** How people are known by an identity provider. */
export interface OidcSettings {
  /** What its discovery document calls it. */
  readonly issuer: string;
  readonly clientId: string;
  /** Null for a public client, which PKCE alone protects. */
  readonly clientSecret: string | null;
  readonly scopes: string;
  /** The claim with the groups of a person. */
  readonly groupsClaim: string;
  /** The group whose members are administrators of the organisation `default`; null for none. */
  readonly adminGroup: string | null;
  /** Domains of addresses that may sign in; all when empty. */
  readonly emailDomains: readonly string[];
  /** The claim that names the organisation; null: all are in `default`. */
  readonly tenantClaim: string | null;
  /** Seconds that clocks may differ. */
  readonly clockToleranceSeconds: number;
}

/** The variables by which an identity provider is named; the file of a secret is read once, at the start. */
export const OIDC_VARIABLES = [
  ['SLUICE_OIDC_ISSUER', 'URL of the identity provider; without it nobody signs in by one'],
  ['SLUICE_OIDC_CLIENT_ID', 'how it knows this control plane'],
  ['SLUICE_OIDC_CLIENT_SECRET_FILE', 'a file with the secret of this client; none for a public client'],
  ['SLUICE_OIDC_CLIENT_SECRET', 'the secret itself, where there is no file'],
  ['SLUICE_OIDC_SCOPES', 'what it is asked for (default: openid email profile)'],
  ['SLUICE_OIDC_GROUPS_CLAIM', 'the claim with the groups of a person (default: groups)'],
  ['SLUICE_OIDC_ADMIN_GROUP', 'the group whose members have the role admin'],
  ['SLUICE_OIDC_EMAIL_DOMAINS', 'domains that may sign in, with commas between them (default: all)'],
  ['SLUICE_OIDC_TENANT_CLAIM', 'the claim that names the organisation (default: all are in `default`)'],
] as const;

type Name = (typeof OIDC_VARIABLES)[number][0];
type Variables = Readonly<Partial<Record<string, string>>>;

/** Reads how people sign in; null when no identity provider is named. */
export function oidcSettingsIn(variables: Variables): Result<OidcSettings | null> {
  const read = (name: Name): string | null => variables[name]?.trim() || null;
  const issuer = read('SLUICE_OIDC_ISSUER');
  if (issuer === null) return ok(null);
  const clientId = read('SLUICE_OIDC_CLIENT_ID');
  if (clientId === null) return wrong('SLUICE_OIDC_CLIENT_ID is missing');
  if (!isSafeIssuer(issuer))
    return wrong('SLUICE_OIDC_ISSUER needs an https URL (http only for 127.0.0.1 and localhost)');
  const secret = secretIn(read('SLUICE_OIDC_CLIENT_SECRET_FILE'), read('SLUICE_OIDC_CLIENT_SECRET'));
  if (!secret.ok) return secret;
  return ok({
    ...{ issuer, clientId, clientSecret: secret.value },
    scopes: read('SLUICE_OIDC_SCOPES') ?? 'openid email profile',
    groupsClaim: read('SLUICE_OIDC_GROUPS_CLAIM') ?? 'groups',
    adminGroup: read('SLUICE_OIDC_ADMIN_GROUP'),
    emailDomains: (read('SLUICE_OIDC_EMAIL_DOMAINS') ?? '')
      .split(',')
      .map((domain) => domain.trim().toLowerCase())
      .filter((domain) => domain !== ''),
    tenantClaim: read('SLUICE_OIDC_TENANT_CLAIM'),
    clockToleranceSeconds: 30,
  });
}

/** Forgets the secret: nothing that this process starts has to do with it. */
export function forgetOidcSecret(environment: NodeJS.ProcessEnv): void {
  delete environment['SLUICE_OIDC_CLIENT_SECRET'];
}

/** Tokens and codes are not sent where others can read them. */
export function isSafeIssuer(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

/** Whether a URL is of this machine. */
export const isLoopback = ({ hostname }: URL): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);

function secretIn(file: string | null, text: string | null): Result<string | null> {
  if (file === null) return ok(text);
  try {
    return ok(readFileSync(file, 'utf8').trim());
  } catch {
    return wrong(`the file ${file} of SLUICE_OIDC_CLIENT_SECRET_FILE cannot be read`);
  }
}

const wrong = (fault: string): Result<never> =>
  refuse(
    'bad-arguments',
    `The server cannot start: ${fault}.`,
    'docs/guides/access.md says how people sign in.',
  );
