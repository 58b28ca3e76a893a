/** What stands in the places of a pattern's names, decoded. */
export type RouteWords = Readonly<Record<string, string>>;

/** Reads a path by a pattern such as `/rollouts/:rollout`; undefined when it does not fit. */
export function matchRoute(pattern: string, path: string): RouteWords | undefined {
  const wanted = pattern.split('/');
  const given = (path.length > 1 ? path.replace(/\/$/, '') : path).split('/');
  if (wanted.length !== given.length) return undefined;
  const words: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const text = decoded(given[at] ?? '');
    if (text === undefined) return undefined;
    if (part.startsWith(':') && text !== '') words[part.slice(1)] = text;
    else if (part !== text) return undefined;
  }
  return words;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
