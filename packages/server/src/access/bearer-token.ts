import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A token before it is forgotten: what its owner is shown, and what is kept of it. */
export interface MintedToken {
  readonly id: string;
  /** `slu_<id>_<secret>`, or `slj_` where it is only good for joining: programs that look for leaked secrets can tell. */
  readonly text: string;
  readonly digest: Buffer;
}

/** How a token begins: one that lets in, and one with which workers join. */
export type TokenForm = 'slu' | 'slj';

const FORM = /^(slu|slj)_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** Makes a token of 256 random bits. */
export function mintToken(form: TokenForm = 'slu'): MintedToken {
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return { id, text: `${form}_${id}_${secret}`, digest: digestOf(secret) };
}

/** The parts of a token that was shown; undefined when it has not the form of one. */
export function readToken(
  text: string,
  form: TokenForm = 'slu',
): { readonly id: string; readonly secret: string } | undefined {
  const [, found, id, secret] = FORM.exec(text) ?? [];
  return found === form && id !== undefined && secret !== undefined ? { id, secret } : undefined;
}

/** Whether a secret is the one of a digest; takes as long whichever it is. */
export const isSecretOf = (digest: Buffer, secret: string): boolean =>
  timingSafeEqual(digestOf(secret), digest);

/** 256 random bits cannot be guessed, so that a slow digest would only cost time (NIST SP 800-63B-4, 3.1.2.2). */
const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
