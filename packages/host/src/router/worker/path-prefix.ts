/** Whether `path` is `prefix` or lies below it: `/api` covers `/api` and `/api/x`, not `/apix`; `/` covers all. */
export function covers(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix.endsWith('/') || path.length === prefix.length || path.charCodeAt(prefix.length) === 47;
}
