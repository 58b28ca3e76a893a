/** Shorter values are left alone: they would blot out ordinary words and protect nothing. */
const SHORTEST_SECRET = 4;
const BLOT = '[secret]';

/** Takes the values of secrets out of text before anybody is shown it, also as they are written in a URL. */
export function redact(text: string, secrets: Iterable<string>): string {
  // A key of many lines is printed line by line.
  const parts = [...secrets].flatMap((value) => [value, ...value.split('\n')]).map((value) => value.trim());
  const values = parts.flatMap((value) => [value, encodeURIComponent(value.toWellFormed())]);
  const longEnough = values.filter((value) => value.length >= SHORTEST_SECRET);
  // The longest first: a value may be part of another.
  longEnough.sort((a, b) => b.length - a.length);
  return longEnough.reduce((shown, value) => shown.replaceAll(value, BLOT), text);
}
