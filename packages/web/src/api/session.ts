/**
 * Purpose: how this viewer is known to the control plane. A browser session is a cookie that scripts cannot read; a token
 * that somebody pasted is kept in `sessionStorage`, which ends with the tab.
 *
 * 1. Every change carries the word against forged requests that the server left in a readable cookie.
 * 2. An answer of 401 ends the session for the whole page at once: the login page is shown over the same address.
 */
import { visibleAnswer } from './visible-text.ts';

const TOKEN_KEY = 'sluice.token';
const WORD_COOKIE = 'sluice_csrf';
const WORD_HEADER = 'x-csrf-token';
const HARMLESS = new Set(['GET', 'HEAD']);

/** How this viewer is known, and whether that still holds. */
export interface Session {
  /** As `fetch`, with everything that says who asks. */
  readonly fetch: typeof fetch;
  readonly isRefused: () => boolean;
  /** Calls back when that changes; gives what ends it. */
  readonly subscribe: (changed: () => void) => () => void;
  /** Goes on as whoever the token names; null goes back to the cookie. */
  readonly useToken: (token: string | null) => void;
}

/** Opens the session of this tab. */
export function openSession(): Session {
  takeTokenOfAddress();
  let isRefused = false;
  const listeners = new Set<() => void>();
  const tell = (refused: boolean): void => {
    if (refused === isRefused) return;
    isRefused = refused;
    for (const changed of listeners) changed();
  };
  return {
    fetch: async (input, init) => {
      const response = await fetch(input, { ...init, headers: headersOf(init), credentials: 'same-origin' });
      if (response.status === 401) tell(true);
      return visibleAnswer(response);
    },
    isRefused: () => isRefused,
    subscribe: (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    useToken: (token) => {
      if (token === null) sessionStorage.removeItem(TOKEN_KEY);
      else sessionStorage.setItem(TOKEN_KEY, token);
      tell(false);
    },
  };
}

/** `sluice dashboard` opens `/#token=…`: what stands behind `#` is sent to nobody, and is gone from the address at once. */
function takeTokenOfAddress(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return;
  sessionStorage.setItem(TOKEN_KEY, token);
  history.replaceState(null, '', location.pathname + location.search);
}

function headersOf(init: RequestInit | undefined): Headers {
  const headers = new Headers(init?.headers);
  const token = sessionStorage.getItem(TOKEN_KEY);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  const word = cookieNamed(WORD_COOKIE);
  if (word !== undefined && !HARMLESS.has(init?.method ?? 'GET')) headers.set(WORD_HEADER, word);
  return headers;
}

function cookieNamed(name: string): string | undefined {
  const found = document.cookie.split('; ').find((cookie) => cookie.startsWith(`${name}=`));
  return found === undefined ? undefined : decodeURIComponent(found.slice(name.length + 1));
}
