import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { hashSchema, type SignedHead, signedHeadSchema } from './head-schema.ts';

export { type SignedHead, signedHeadSchema } from './head-schema.ts';

/** What a witness is given: a head, and a proof that it continues the one that the witness has. */
export const headOfferSchema = z.strictObject({
  head: signedHeadSchema,
  /** PEM of the key that signed it. */
  publicKey: z.string(),
  /** Size of the head from which the proof goes on; 0 when the witness has none. */
  from: z.int().min(0),
  proof: z.array(hashSchema),
});
/** A head for a witness. */
export type HeadOffer = z.infer<typeof headOfferSchema>;

/** What a witness has of a ledger. */
export const witnessedSchema = z.object({
  /** The last head that continued the one before; null before the first. */
  head: signedHeadSchema.nullable(),
  /** Why a later head was refused, in words; null when none was. */
  contradiction: z.string().nullable(),
});
/** What a witness says. */
export type Witnessed = z.infer<typeof witnessedSchema>;

/** What stands before the signed part, so that a signature is good for nothing else. */
const DOMAIN = 'sluice-ledger-head-v1\n';

/** The text that a signature of a head covers: a line, and canonical JSON of all but the signature. */
export function headText({ at, keyId, rootHash, size, tenant }: Omit<SignedHead, 'signature'>): string {
  return `${DOMAIN}${JSON.stringify({ at, keyId, rootHash, size, tenant })}`;
}

/** The name of a key: the first 16 hexadecimal digits of SHA-256 over its public part in DER. */
export function keyIdOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
}

/** Signs a head with a private Ed25519 key. */
export function signHead(key: KeyObject, head: Omit<SignedHead, 'signature' | 'keyId'>): SignedHead {
  const signed = { ...head, keyId: keyIdOf(key) };
  return { ...signed, signature: sign(null, Buffer.from(headText(signed)), key).toString('base64') };
}

/** Whether a head was signed with the key of which this is the public part, in PEM. False for whatever is no such key. */
export function isSignedBy(publicKey: string, head: SignedHead): boolean {
  try {
    const key = createPublicKey(publicKey);
    if (key.asymmetricKeyType !== 'ed25519' || keyIdOf(key) !== head.keyId) return false;
    return verify(null, Buffer.from(headText(head)), key, Buffer.from(head.signature, 'base64'));
  } catch {
    return false;
  }
}
