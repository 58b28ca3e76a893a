import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The header in which a page shows what belongs to its session. */
export const CSRF_HEADER = 'x-csrf-token';

const PLAIN = 'sluice_session';
const SECURE = `__Host-${PLAIN}`;
const FORM = /^([0-9a-f]{32})\.([A-Za-z0-9_-]{43})$/;

/** A session before it is forgotten: what the cookie holds, and what is kept of it. */
export interface MintedSession {
  readonly id: string;
  readonly text: string;
  readonly digest: Buffer;
}

/** Makes a session of 256 random bits. */
export function mintSession(): MintedSession {
  const id = randomBytes(16).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return { id, text: `${id}.${secret}`, digest: digestOf(secret) };
}

/** The parts of the session that a cookie holds; undefined when it has not the form of one. */
export function readSession(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id !== undefined && secret !== undefined ? { id, secret } : undefined;
}

/**
 * The session in the header `Cookie`; null without. Over TLS only the name counts that browsers guard: another host of the
 * domain, or whoever is on the way to it, could set the other one, and have somebody work in a session of theirs.
 */
export const sessionIn = (
  header: string | undefined,
  { secure }: Pick<CookieRules, 'secure'>,
): string | null => cookiesIn(header).get(secure ? SECURE : PLAIN) ?? null;

/** The cookies of a request by their names; of two with one name the first, which is the more specific one. */
export function cookiesIn(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(at, 0)).trim();
    if (name !== '' && !cookies.has(name)) cookies.set(name, part.slice(at + 1).trim());
  }
  return cookies;
}

/** How a cookie is set. */
export interface CookieRules {
  /** Over TLS alone, with a name that no other host can set. */
  readonly secure: boolean;
  readonly maxAgeSeconds: number;
}

/** The name of the cookie from which a page takes what it has to show. */
const PROOF = 'sluice_csrf';

/** The values of `Set-Cookie` that give a browser a session; with an empty text it forgets it. */
export function sessionCookies(text: string, { secure, maxAgeSeconds }: CookieRules): string[] {
  const rules = `Path=/; Max-Age=${maxAgeSeconds}${secure ? '; Secure' : ''}`;
  const proof = text === '' ? '' : proofOf(text);
  return [
    `${secure ? SECURE : PLAIN}=${text}; HttpOnly; SameSite=Lax; ${rules}`,
    `${PROOF}=${proof}; SameSite=Strict; ${rules}`,
  ];
}

/** What a page has to show with each change: it follows from the session, and the session does not follow from it. */
export const proofOf = (session: string): string =>
  createHash('sha256').update(`csrf ${session}`).digest('base64url');

/** Whether a header shows what belongs to a session; takes as long whichever it is. */
export function isProofOf(session: string, shown: string | string[] | undefined): boolean {
  const wanted = Buffer.from(proofOf(session));
  const given = Buffer.from(typeof shown === 'string' ? shown : '');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
