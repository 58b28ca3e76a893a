/**
 * MurmurHash3 x86 32-bit over the UTF-16 code units of a text (Austin Appleby, public domain).
 * Used to place a key on a split; not for anything secret.
 * @returns an unsigned 32-bit integer
 */
export function hash32(text: string, seed = 0): number {
  let h = seed | 0;
  for (let i = 0; i < text.length; i++) h = mix(h, text.charCodeAt(i));
  h ^= text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function mix(hash: number, unit: number): number {
  let k = Math.imul(unit, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  const rotated = (h << 13) | (h >>> 19);
  return (Math.imul(rotated, 5) + 0xe6546b64) | 0;
}
