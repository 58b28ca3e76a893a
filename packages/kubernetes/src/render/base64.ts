const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Text in UTF-8 and Base64 (RFC 4648, section 4), as values of a Secret are written. Lone surrogates become U+FFFD. */
export function base64(text: string): string {
  const bytes = utf8(text);
  let encoded = '';
  for (let at = 0; at < bytes.length; at += 3) encoded += group(bytes.slice(at, at + 3));
  return encoded;
}

function group(bytes: readonly number[]): string {
  const [first = 0, second = 0, third = 0] = bytes;
  const bits = (first << 16) | (second << 8) | third;
  const letters = [18, 12, 6, 0].map((shift) => ALPHABET.charAt((bits >> shift) & 63)).join('');
  return letters.slice(0, bytes.length + 1).padEnd(4, '=');
}

/** By way of percent-encoding, because the language itself has no other encoder. */
function utf8(text: string): number[] {
  const encoded = encodeURIComponent(text.toWellFormed());
  return Array.from(encoded.matchAll(/%([0-9A-F]{2})|[^%]/g), ([character, byte]) =>
    byte === undefined ? character.charCodeAt(0) : Number.parseInt(byte, 16),
  );
}
