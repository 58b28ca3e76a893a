import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Names what a sealed text is made of, so that a later form can be told apart. */
const FORM = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Length of a key, in bytes. */
export const SEALING_KEY_BYTES = 32;

/**
 * Seals a value with AES-256-GCM. Whoever opens it must name the same place, so that a value cannot be put elsewhere.
 * @param place what the value belongs to; authenticated, not part of the result
 */
export function sealValue(key: Uint8Array, place: string, value: Uint8Array): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(place));
  const box = Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
  return `${FORM}.${box.toString('base64url')}`;
}

/** Opens what was sealed; null when the key or the place is another, or anything was altered. */
export function openSealed(key: Uint8Array, place: string, sealed: string): Uint8Array | null {
  const [form, text, ...more] = sealed.split('.');
  if (form !== FORM || text === undefined || more.length > 0) return null;
  const box = Buffer.from(text, 'base64url');
  if (box.length < NONCE_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(box.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}
