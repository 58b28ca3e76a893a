import { randomUUID } from 'node:crypto';
import type { Identity } from '../server/api-call.ts';
import { Refusal } from '../server/refusal.ts';

/** A user of a fake cluster. */
export interface ClusterUser {
  /** As refusals tell it. */
  readonly name: string;
  /** `system:masters` may do everything. */
  readonly groups?: readonly string[];
  /** The bearer token over HTTP; made up where none is given. */
  readonly token?: string;
}

const anonymous: Identity = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Who may ask, by the name that requests use and by token. */
export class Users {
  readonly #byName = new Map<string, Identity>();
  readonly #byToken = new Map<string, Identity>();
  readonly #tokens = new Map<string, string>();

  constructor(users: Readonly<Record<string, ClusterUser>>) {
    for (const [key, user] of Object.entries(users)) {
      const identity = { name: user.name, groups: [...(user.groups ?? []), 'system:authenticated'] };
      this.#byName.set(key, identity);
      this.#remember(key, user.token ?? randomUUID(), identity);
    }
  }

  /** The token of a user by the name that requests use. */
  token(key: string): string {
    return this.#tokens.get(key) ?? '';
  }

  /** All tokens, by the names that requests use. */
  tokens(): Record<string, string> {
    return Object.fromEntries(this.#tokens);
  }

  /** Makes a token for a service account. */
  issue(account: string): string {
    const token = `fake-${randomUUID()}`;
    this.#remember(account, token, serviceAccount(account));
    return token;
  }

  /** Whoever a request in process names; throws a refusal with 401 for an unknown name. */
  named(key: string | undefined): Identity {
    if (key === 'none') return anonymous;
    const found =
      this.#byName.get(key ?? 'admin') ??
      (key?.startsWith('system:serviceaccount:') ? serviceAccount(key) : undefined);
    if (found === undefined) throw unauthorized();
    return found;
  }

  /** Whoever an `Authorization` header names; throws a refusal with 401 for an unknown token. */
  bearing(header: string | undefined): Identity {
    if (header === undefined || header === '') return anonymous;
    const found = this.#byToken.get(header.replace(/^bearer\s+/i, ''));
    if (found === undefined) throw unauthorized();
    return found;
  }

  #remember(key: string, token: string, identity: Identity): void {
    this.#tokens.set(key, token);
    this.#byToken.set(token, identity);
  }
}

function serviceAccount(name: string): Identity {
  const namespace = name.split(':')[2] ?? '';
  return {
    name,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

function unauthorized(): Refusal {
  return new Refusal(401, 'Unauthorized', 'Unauthorized');
}
