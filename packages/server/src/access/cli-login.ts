import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Caller } from '@sluice/core/access/caller.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { NewTokenView } from '@sluice/protocol/http/access.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { addLoginCode, takeLoginCode } from '../store/access/login-codes.ts';
import { addToken } from '../store/access/tokens.ts';
import type { Database } from '../store/database/open-database.ts';
import { mintToken } from './bearer-token.ts';
import { notLetIn } from './sign-in-refusals.ts';
import { tokenView } from './stored-tokens.ts';

/** A code is brought over within the same machine, in ms. */
const CODE_MS = 60_000;
/** How long a command line stays signed in, in ms. */
const PERSONAL_TOKEN_MS = 30 * 86_400_000;

/** Makes a code that the browser brings to the command line. */
export async function codeFor(
  db: Database,
  { tenant, subject }: Caller,
  { challenge, at }: { readonly challenge: string; readonly at: Instant },
): Promise<string> {
  const code = randomBytes(32).toString('base64url');
  const expiresAt = at + CODE_MS;
  await addLoginCode(db, { tenant, subject, challenge, expiresAt, digest: digestOf(code) }, at);
  return code;
}

/** Turns a code into a personal token, for whoever knows what belongs to its challenge. A code is good for one try. */
export async function redeemCode(
  db: Database,
  { code, verifier, at }: { readonly code: string; readonly verifier: string; readonly at: Instant },
): Promise<Result<NewTokenView, Problem>> {
  const taken = await takeLoginCode(db, digestOf(code));
  if (!taken || at >= taken.expiresAt || !isVerifierOf(taken.challenge, verifier)) return notLetIn();
  const { tenant, subject } = taken;
  const { id, text, digest } = mintToken();
  const name = `login-${id.slice(0, 8)}`;
  const expiresAt = at + PERSONAL_TOKEN_MS;
  const row = await addToken(
    db,
    tenant,
    { id, name, digest, roles: [], createdBy: subject, expiresAt, actsAs: subject },
    {
      at,
      actor: subject,
      action: 'tokenCreated',
      subject: `token:${name}`,
      detail: { id, as: subject, expiresAt },
    },
  );
  return row ? ok({ ...tokenView(row), token: text, warnings: [] }) : notLetIn();
}

function isVerifierOf(challenge: string, verifier: string): boolean {
  const wanted = Buffer.from(challenge);
  const given = Buffer.from(digestOf(verifier).toString('base64url'));
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
