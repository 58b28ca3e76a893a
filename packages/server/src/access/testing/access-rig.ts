import { assert } from '@sluice/core/kernel/assert.ts';
import { type TestApi, testApi } from '../../api/testing/test-api.ts';
import type { ApiParts } from '../../api/api-parts.ts';
import { storedIdempotency } from '../../idempotency/stored-idempotency.ts';
import { addToken, type RoleAt } from '../../store/access/tokens.ts';
import type { Database } from '../../store/database/open-database.ts';
import { NOON, TENANT } from '../../store/testing/track-fixtures.ts';
import { mintToken } from '../bearer-token.ts';
import { storedAccess } from '../stored-access.ts';
import type { SignIn } from '../sign-in.ts';
import { storedGuard } from '../stored-guard.ts';
import { storedIdentities } from '../identities.ts';

/** An answer of the API, read. */
export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What a request is besides its method and path. */
export interface Asked {
  readonly token?: string | undefined;
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** For tests: the real API with the real access control over the store, and a clock that stands still. */
export class AccessRig {
  readonly db: Database;
  readonly clock: { now: number };
  readonly api: TestApi;

  readonly #signIn: SignIn | undefined;

  private constructor(db: Database, clock: { now: number }, api: TestApi, signIn: SignIn | undefined) {
    this.db = db;
    this.clock = clock;
    this.api = api;
    this.#signIn = signIn;
  }

  /** How people are let in, if the test has said so. */
  signIn(): SignIn {
    assert(this.#signIn !== undefined, 'nobody is let in here');
    return this.#signIn;
  }

  static open(db: Database, parts: (clock: { now: number }) => Partial<ApiParts> = () => ({})): AccessRig {
    const clock = { now: NOON };
    const now = () => clock.now;
    const identities = storedIdentities(db, now);
    const made = parts(clock);
    const api = testApi({
      access: storedGuard({ db, identities, anonymous: [] }),
      accounts: storedAccess(db, TENANT, now),
      idempotency: storedIdempotency(db, TENANT, now),
      ...made,
    });
    return new AccessRig(db, clock, api, made.signIn);
  }

  close(): Promise<void> {
    return this.api.app.close();
  }

  /** A token with roles, as an administrator would have made it. */
  async token(name: string, ...roles: readonly RoleAt[]): Promise<string> {
    const { id, text, digest } = mintToken();
    const entry = { at: this.clock.now, actor: 'test', action: 'tokenCreated', subject: name, detail: {} };
    await addToken(this.db, TENANT, { id, name, digest, roles, createdBy: 'system', expiresAt: null }, entry);
    return text;
  }

  async ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, asked: Asked = {}): Promise<Answered> {
    const reply = await this.api.app.inject({
      method,
      url,
      headers: {
        host: 'localhost',
        ...(asked.token !== undefined && { authorization: `Bearer ${asked.token}` }),
        ...asked.headers,
      },
      ...(asked.body && { payload: asked.body }),
    });
    const isJson = String(reply.headers['content-type']).includes('json');
    return { status: reply.statusCode, headers: reply.headers, body: isJson ? reply.json() : {} };
  }
}

/** For tests: a role everywhere, or at a place. */
export const roleAt = (role: string, project = '*', environment = '*'): RoleAt => ({
  role,
  project,
  environment,
});
