import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Logger } from 'pino';
import type { GuardedFetch } from '../outgoing/outgoing.ts';
import type { Database } from '../store/database/open-database.ts';
import { openAssertions } from './assertions.ts';
import { storedFailedLogins } from './failed-logins.ts';
import type { Identities } from './identities.ts';
import { oidcLogin } from './oidc-login.ts';
import type { OidcSettings } from './oidc-settings.ts';
import type { SignIn } from './sign-in.ts';
import { storedSignIn } from './stored-sign-in.ts';

/** What letting in is made of. */
export interface SignInParts {
  /** The rows of every tenant. */
  readonly db: Database;
  readonly identities: Identities;
  readonly oidc: OidcSettings | null;
  /** The way out of an organisation, to the keys of the CI systems that it trusts. */
  readonly fetchOf: (organisation: string) => GuardedFetch;
  readonly log: Logger;
  /** Told how a login failed. */
  readonly failed: (how: string) => void;
  readonly now: () => Instant;
}

/** Lets people and jobs in. */
export function openSignIn({ db, identities, oidc, fetchOf, log, failed, now }: SignInParts): SignIn {
  const heard = ({ code, message }: { readonly code: string; readonly message: string }): void =>
    log.warn({ code, reason: message }, 'a login by the identity provider failed');
  return storedSignIn({
    ...{ db, identities, now },
    failures: storedFailedLogins(db, now, failed),
    oidc: oidc && {
      login: oidcLogin(oidc, heard),
      name: new URL(oidc.issuer).host,
      adminGroup: oidc.adminGroup,
    },
    assertions: openAssertions(fetchOf, now),
  });
}
