/** A repository as releases name it: its host, where that is said, and its path without slashes at the ends. */
export interface RepositoryPlace {
  readonly host: string | null;
  readonly path: string;
}

/** Reads `https://host/acme/shop.git`, `git@host:acme/shop.git`, `ssh://git@host/acme/shop` and `acme/shop`; null for anything else. */
export function repositoryPlace(repository: string): RepositoryPlace | null {
  const text = repository.trim();
  const scp = /^[\w.-]+@([\w.-]+):(?!\/\/)(.+)$/.exec(text);
  if (scp?.[1] !== undefined && scp[2] !== undefined) return placeOf(scp[1], scp[2]);
  if (!text.includes('://')) return placeOf(null, text);
  if (!URL.canParse(text)) return null;
  const { hostname, pathname } = new URL(text);
  return placeOf(hostname, pathname);
}

/** Whether a path is on a list whose entries are paths, or end with `/*` for all of a group; letters count alike. */
export function isListed(path: string, list: readonly string[]): boolean {
  const asked = path.toLowerCase();
  return list.some((entry) => {
    const known = entry.toLowerCase();
    if (!known.endsWith('/*')) return asked === known;
    return asked.startsWith(known.slice(0, -1)) && !asked.slice(known.length - 1).includes('/');
  });
}

/** Whether an event tells how far a rollout is. What is ordered for its track on the way does not: it is ordered while a rollout is held, too. */
export const isProgress = (type: string): boolean => !/\.track\.[a-z-]+\.v\d+$/.test(type);

function placeOf(host: string | null, path: string): RepositoryPlace | null {
  const bare = path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  const parts = bare.split('/');
  const known = parts.length >= 2 && parts.every((part) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(part));
  return known ? { host: host?.toLowerCase() ?? null, path: bare } : null;
}
