/** Whether `path` is `prefix` or lies below it: `/api` covers `/api` and `/api/x`, not `/apix`; `/` covers all. */
export function covers(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix.endsWith('/') || path.length === prefix.length || path.charCodeAt(prefix.length) === 47;
}

/** A route's path without a slash at its end, so that `/api/` routes `/api` as well. */
export const normalPrefix = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
