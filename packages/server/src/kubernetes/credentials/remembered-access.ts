import type { AccessNow } from './cluster-access.ts';

/** As long as credentials are used before they are read again, in ms; tokens on disk are renewed minutes before they end. */
const rememberedMs = 10_000;

/** Credentials that were refused are read again at most this often, in ms: a plugin may open a browser or cost money. */
const renewEveryMs = 10_000;

/** Reads credentials at most once at a time and every ten seconds, and again when they were refused. */
export function rememberedAccess(
  read: (fresh: boolean) => Promise<AccessNow>,
  now: () => number,
): { current(): Promise<AccessNow>; renew(refused: AccessNow): void } {
  let known: { readonly at: number; readonly access: AccessNow } | undefined;
  let reading: Promise<AccessNow> | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let fresh = false;

  const readOnce = async (): Promise<AccessNow> => {
    try {
      const access = await read(fresh);
      fresh = false;
      known = { at: now(), access };
      return access;
    } finally {
      reading = undefined;
    }
  };

  return {
    current: () => {
      if (known !== undefined && now() - known.at < rememberedMs) return Promise.resolve(known.access);
      reading ??= readOnce();
      return reading;
    },
    renew: (refused) => {
      if (known?.access !== refused || now() - renewedAt < renewEveryMs) return;
      renewedAt = now();
      fresh = true;
      known = undefined;
    },
  };
}
