import { createHash } from 'node:crypto';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { NewTokenView } from '@sluice/protocol/http/access.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { JWTPayload } from 'jose';
import { addToken, forgetShortTokens } from '../store/access/tokens.ts';
import { listTrusts, noteAssertion, type TrustRow } from '../store/access/trusts.ts';
import type { Database } from '../store/database/open-database.ts';
import type { Assertions } from './assertions.ts';
import { mintToken } from './bearer-token.ts';
import { notLetIn } from './sign-in-refusals.ts';
import { tokenView } from './stored-tokens.ts';

/** How long a job may use what it was given, in ms. */
const JOB_TOKEN_MS = 15 * 60_000;
/** Claims that say which job it was, for the ledger. */
const TOLD = [
  ...['iss', 'sub', 'jti', 'repository', 'ref', 'sha', 'workflow', 'run_id', 'actor', 'environment'],
  ...['project_path', 'pipeline_id', 'job_id', 'user_login'],
];

/** What a job shows. */
export interface Exchange {
  readonly assertion: string;
  readonly organisation: string;
  /** The trust that is meant; the first that fits without. */
  readonly trust?: string | undefined;
}

/** Turns the ID token of a job into a token of a few minutes, whose subject is `workload:<trust>`. */
export async function exchangeAssertion(
  db: Database,
  assertions: Assertions,
  { assertion, organisation, trust: named, at }: Exchange & { readonly at: Instant },
): Promise<Result<NewTokenView, Problem>> {
  const issuer = assertions.issuerOf(assertion);
  if (issuer === null) return notLetIn();
  const trusts = (await listTrusts(db, organisation)).filter(
    (trust) => trust.issuer === issuer && (named === undefined || trust.name === named),
  );
  // Nobody is asked for keys whom nobody trusts.
  if (trusts.length === 0) return notLetIn();
  const claims = await assertions.verify(assertion, issuer, organisation).catch(() => null);
  const trust = claims && trusts.find((one) => fits(one, claims));
  if (!claims || !trust) return notLetIn();
  const expiresAt = (claims.exp ?? 0) * 1000;
  // What was signed, and not the signature: that can be written in other ways, each of which would be a new one.
  const signed = assertion.slice(0, assertion.lastIndexOf('.'));
  const digest = createHash('sha256')
    .update(`${issuer} ${claims.jti ?? signed}`)
    .digest();
  const isNew = await noteAssertion(db, organisation, { digest, expiresAt: expiresAt + 60_000, at });
  return isNew ? grant(db, organisation, { trust, claims, at }) : notLetIn();
}

async function grant(
  db: Database,
  tenant: string,
  { trust, claims, at }: { readonly trust: TrustRow; readonly claims: JWTPayload; readonly at: Instant },
): Promise<Result<NewTokenView, Problem>> {
  await forgetShortTokens(db, tenant, at - 86_400_000);
  const { id, text, digest } = mintToken();
  const subject = `workload:${trust.name}`;
  const shown = Object.fromEntries(
    TOLD.flatMap((claim) => (claim in claims ? [[claim, claims[claim]]] : [])),
  );
  const expiresAt = at + JOB_TOKEN_MS;
  const name = `job-${id}`;
  const row = await addToken(
    db,
    tenant,
    { id, name, digest, roles: trust.roles, createdBy: subject, expiresAt, actsAs: subject, shown },
    {
      ...{ at, actor: subject, action: 'workloadLetIn', subject: `token:${name}` },
      detail: { trust: trust.name, roles: trust.roles, expiresAt, claims: shown },
    },
  );
  return row ? ok({ ...tokenView(row), token: text, warnings: [] }) : notLetIn();
}

/** Whether a token is meant for this audience, and of one of the jobs that are trusted. */
export function fits(
  { audience, claims: wanted }: Pick<TrustRow, 'audience' | 'claims'>,
  claims: JWTPayload,
): boolean {
  const audiences = [claims.aud ?? []].flat();
  if (!audiences.includes(audience)) return false;
  return Object.entries(wanted).every(([name, pattern]) => {
    const claim = claims[name];
    const isText = typeof claim === 'string' || typeof claim === 'number' || typeof claim === 'boolean';
    return isText && Object.hasOwn(claims, name) && isLike(pattern, String(claim));
  });
}

/** Whether a text is as a pattern says, in which `*` stands for anything; in time that grows with their lengths. */
export function isLike(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return text === pattern;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
