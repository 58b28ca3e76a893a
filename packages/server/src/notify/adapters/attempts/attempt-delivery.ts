import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { SecretReference } from '@sluice/protocol/channels/secret-reference.ts';
import type { Delivered, ReadSecret } from '../../channel.ts';
import { failed } from './delivery-failure.ts';

/** Secrets by the name that an adapter has for them; absent ones are undefined. */
type References = Readonly<Record<string, SecretReference | undefined>>;
type Values<Named extends References> = {
  readonly [Name in keyof Named]: undefined extends Named[Name] ? string | undefined : string;
};

/** Shorter values are not looked for in sentences: they would be found in every second word. */
const SHORTEST_MASKED = 6;

/**
 * Reads the secrets of a channel, carries an attempt out with them, and masks them in what it says. A secret that cannot be
 * read is a failure that may pass: files are mounted late, and names are mended.
 */
export async function attemptDelivery<const Named extends References>(
  readSecret: ReadSecret,
  references: Named,
  attempt: (secrets: Values<Named>) => Promise<Delivered>,
): Promise<Delivered> {
  const secrets: Record<string, string | undefined> = {};
  for (const [name, reference] of Object.entries(references)) {
    if (reference === undefined) continue;
    const value = await readSecret(reference).catch(notRead);
    if (value instanceof SluiceError) return failed(value.message, { retry: true });
    secrets[name] = value.trim();
  }
  const delivered = await attempt(secrets as Values<Named>);
  if (delivered.ok) return delivered;
  return { ...delivered, message: maskSecrets(delivered.message, Object.values(secrets)) };
}

/** Replaces each secret in a text, as it is, percent-encoded, and each long part of one that is an address. */
export function maskSecrets(text: string, secrets: readonly (string | undefined)[]): string {
  return secrets
    .flatMap((secret) => (secret ? [secret, encodeURIComponent(secret), ...partsOf(secret)] : []))
    .filter((secret) => secret.length >= SHORTEST_MASKED)
    .sort((one, other) => other.length - one.length)
    .reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}

/** An address with a secret holds it in its path or query; a receiver may say just that part. */
function partsOf(secret: string): readonly string[] {
  if (!URL.canParse(secret)) return [];
  const { pathname, search, searchParams } = new URL(secret);
  const long = [...pathname.split('/'), ...searchParams.values()].filter((part) => part.length >= 16);
  return [`${pathname}${search}`, ...long];
}

function notRead(thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  throw thrown;
}
