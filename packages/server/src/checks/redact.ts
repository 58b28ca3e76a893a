/** Shorter values are left alone: they would blot out ordinary words and protect nothing. */
const SHORTEST_SECRET = 4;
const BLOT = '[secret]';

/** Takes the values of secrets out of text before anybody is shown it, also as they are written in a URL or in base64. */
export function redact(text: string, secrets: Iterable<string>): string {
  // A key of many lines is printed line by line.
  const parts = [...secrets].flatMap((value) => [value, ...value.split('\n')]).map((value) => value.trim());
  const values = parts.filter((value) => value.length >= SHORTEST_SECRET).flatMap(written);
  // The longest first: a value may be part of another.
  values.sort((a, b) => b.length - a.length);
  return values.reduce((shown, value) => shown.replaceAll(value, BLOT), text);
}

function written(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  return [value, encodeURIComponent(value.toWellFormed()), base64, bytes.toString('base64url')];
}
