/** Shorter values are left alone: they would blot out ordinary words and protect nothing. */
const SHORTEST_SECRET = 4;
const BLOT = '[secret]';

/** Takes the values of secrets out of text that a program wrote, before the host shows it to anybody. */
export function redact(text: string, secrets: Iterable<string>): string {
  // A key of many lines is printed line by line.
  const parts = [...secrets].flatMap((value) => [value, ...value.split('\n')]).map((value) => value.trim());
  const values = parts.filter((value) => value.length >= SHORTEST_SECRET).flatMap(written);
  // The longest first: a value may be part of another.
  values.sort((a, b) => b.length - a.length);
  return values.reduce((shown, value) => shown.replaceAll(value, BLOT), text);
}

/** A value as programs print it: as it is, within a URL, and in both forms of base64. */
function written(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  return [value, encodeURIComponent(value.toWellFormed()), base64, bytes.toString('base64url')];
}
