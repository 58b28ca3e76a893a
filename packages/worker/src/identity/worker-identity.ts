/**
 * Purpose: a worker elsewhere joins once, and goes on being let in.
 *
 * Owns what it was given, and the file in which that lies. 1. It asks for the next with what it has, long before that ends, and
 * again and again while no server answers. 2. A join token is shown only when it has nothing else. 3. The key of a certificate is
 * made here and goes nowhere; with each certificate there is a new one. 4. What it has is used for connections from then on; one
 * that is open goes on.
 */
import { generateKeyPair } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import type { ServerAddress } from '../server-address.ts';
import type { ReportSink } from '../worker-report.ts';
import type { KeptIdentity } from '@sluice/protocol/http/joining.ts';
import { keepIdentity, readIdentity } from './kept-identity.ts';
import { askToBeLetIn, type Shown } from './post-json.ts';

/** How a worker elsewhere comes in. */
export interface IdentityOptions {
  /** Base URL of a server. */
  readonly url: string;
  /** What its server's certificate has to be of, in PEM; null for the authorities that Node knows. */
  readonly caFile: string | null;
  readonly joinToken: string | null;
  /** Where it keeps what it was given; null: it joins anew with each start. */
  readonly file: string | null;
  /** What it calls itself. */
  readonly name: string;
  readonly report: ReportSink;
  readonly now: () => number;
}

/** The longest time a timer takes, in ms. */
const LONGEST_MS = 2 ** 31 - 1;
/** After a renewal that failed, in ms. */
const AGAIN_MS = 60_000;
const makeKeys = promisify(generateKeyPair);

/** What lets one worker in. */
export class WorkerIdentity {
  readonly #options: IdentityOptions;
  #current: KeptIdentity | null = null;
  #asking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: IdentityOptions) {
    this.#options = options;
  }

  /** Sees to it before each session and call that there is something to show; joins where there is nothing. */
  readonly show: Interceptor = (next) => async (request) => {
    await this.#ensure();
    const token = this.#current?.token;
    if (token) request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };

  /** Opens connections to the server with what it has at that moment. */
  address(): ServerAddress {
    const { url } = this.#options;
    if (!url.startsWith('https:')) return { baseUrl: url, session: {} };
    const { hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const createConnection = () =>
      connect({
        host,
        port: Number(port || 443),
        ...(isIP(host) === 0 && { servername: host }),
        ALPNProtocols: ['h2'],
        ...this.#shown(),
      });
    return { baseUrl: url, session: { createConnection } };
  }

  /** Renews now. @throws ConnectError when it is refused, or nobody answers */
  renew(): Promise<void> {
    this.#asking ??= this.#renew().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #ensure(): Promise<void> {
    const { joinToken, file, now } = this.#options;
    if (joinToken === null && file === null) return;
    if (this.#current && now() < this.#current.expiresAt) return;
    this.#asking ??= this.#begin().finally(() => {
      this.#asking = null;
    });
    await this.#asking;
  }

  async #begin(): Promise<void> {
    const { file, joinToken, name, report, now } = this.#options;
    const kept = file === null ? null : await readIdentity(file);
    if (kept && now() < kept.expiresAt) return this.#use(kept);
    if (joinToken === null)
      throw new ConnectError(
        'What this worker was let in with has ended, and it has no join token. Give it one with SLUICE_JOIN_TOKEN.',
        Code.Unauthenticated,
      );
    const { privateKey, publicKey } = await newKeys();
    const body = { token: joinToken, publicKey, name };
    const { cert: _cert, key: _key, ...shown } = this.#shown();
    const joined = await askToBeLetIn(this.#at('/auth/join'), body, shown);
    await this.#keep({ ...joined, key: joined.certificate === null ? null : privateKey });
    report({ kind: 'joined', identity: joined.identity, expiresAt: joined.expiresAt });
  }

  async #renew(): Promise<void> {
    const { privateKey, publicKey } = await newKeys();
    const token = this.#current?.token;
    const shown = { ...this.#shown(), ...(token && { token }) };
    const joined = await askToBeLetIn(this.#at('/auth/renew'), { publicKey }, shown);
    await this.#keep({ ...joined, key: joined.certificate === null ? null : privateKey });
    this.#options.report({ kind: 'renewed', expiresAt: joined.expiresAt });
  }

  async #keep(identity: KeptIdentity): Promise<void> {
    this.#use(identity);
    const { file, report } = this.#options;
    if (file === null) return;
    await keepIdentity(file, identity).catch((error: unknown) => report({ kind: 'identity-unkept', error }));
  }

  #use(identity: KeptIdentity): void {
    this.#current = identity;
    this.#renewIn(identity.renewAt - this.#options.now());
  }

  #renewIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.renew().catch((error: unknown) => {
          this.#options.report({ kind: 'renewal-failed', error, retryMs: AGAIN_MS });
          this.#renewIn(AGAIN_MS);
        });
      },
      Math.min(Math.max(ms, 0), LONGEST_MS),
    ).unref();
  }

  #shown(): Shown {
    const { caFile } = this.#options;
    const { certificate, key } = this.#current ?? {};
    return {
      ...(caFile !== null && { ca: readFileSync(caFile, 'utf8') }),
      ...(certificate && key && { cert: certificate, key }),
    };
  }

  #at(path: string): string {
    return `${this.#options.url.replace(/\/+$/, '')}${path}`;
  }
}

async function newKeys(): Promise<{ readonly privateKey: string; readonly publicKey: string }> {
  const { privateKey, publicKey } = await makeKeys('ec', { namedCurve: 'P-256' });
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}
