/** The two parts of a request target in absolute form. */
export interface TargetParts {
  readonly authority: string;
  /** Path and query; `/` when the address ends after the authority. */
  readonly target: string;
}

/** Splits `http://authority/path?query`; undefined when it is not such an address or carries a user's name. */
export function splitTarget(url: string): TargetParts | undefined {
  const match = /^https?:\/\/([^/?#@]+)([/?][^#]*)?$/i.exec(url);
  const authority = match?.[1];
  if (authority === undefined) return undefined;
  const rest = match?.[2] ?? '/';
  return { authority, target: rest.startsWith('?') ? `/${rest}` : rest };
}
