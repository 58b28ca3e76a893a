import type { Caller } from '@sluice/core/access/caller.ts';
import type { AccessDecision } from '@sluice/core/access/decide-access.ts';
import type { Permission } from '@sluice/core/access/permissions.ts';
import type { NamedThing } from '../store/access/tracks-of.ts';

/** What a request shows of who makes it. */
export interface Credentials {
  /** What stands after `Bearer` in its header `Authorization`; null without. */
  readonly bearer: string | null;
  /** The session of its cookie; null without. A bearer token goes before it. */
  readonly session: string | null;
  /** Of a connection over TLS that ends here, and so from elsewhere; left out of others. */
  readonly tls?: { readonly certificate: ShownCertificate | null };
}

/** The certificate of whoever opened a connection. */
export interface ShownCertificate {
  /** Whether an authority has signed it whose certificates say who a worker is, and it is valid now. */
  readonly isTrusted: boolean;
  /** The URIs among its names. */
  readonly uris: readonly string[];
}

/** What the API asks of access control. */
export interface AccessGuard {
  /** Who shows these credentials; somebody anonymous for none, null for some that are nobody's. */
  callerOf(credentials: Credentials): Promise<Caller | null>;
  /** Whether what let somebody in was revoked since; nothing ever is where it is left out. */
  isRevoked?(credentials: Credentials): Promise<boolean>;
  /** Whether a caller may do something to a track, `application/environment/component`. */
  mayWith(caller: Caller, permission: Permission, track: string): Promise<AccessDecision>;
  /** The tracks of what an id names; none when there is no such thing, which the operation says itself. */
  tracksOf(caller: Caller, kind: NamedThing, id: string): Promise<readonly string[]>;
}
