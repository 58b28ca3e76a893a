/**
 * The value of a cookie in a Cookie header, as it stands there; undefined when it is not in it. The first of several
 * with one name counts. Built without a table of all cookies: most requests ask for one.
 */
export function cookieValue(header: string, name: string): string | undefined {
  for (let from = 0; from < header.length; ) {
    const end = header.indexOf(';', from);
    const until = end < 0 ? header.length : end;
    while (header.charCodeAt(from) === 32) from++;
    if (header.startsWith(name, from) && header.charCodeAt(from + name.length) === 61)
      return header.slice(from + name.length + 1, until).trim();
    from = until + 1;
  }
  return undefined;
}
