import { type ComponentProps, type MouseEvent, useCallback, useSyncExternalStore } from 'react';

/** Where the viewer is: the whole state of a page that a link can bring back. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const MOVED = 'sluice:moved';

/** Goes to an address of the dashboard; `isSame` replaces the present one in the history, for filters and tabs. */
export function goTo(address: string, { isSame = false } = {}): void {
  if (isSame) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  dispatchEvent(new Event(MOVED));
}

/** Where the viewer is, anew whenever that changes. */
export function usePlace(): Place {
  const address = useSyncExternalStore(watchMoves, () => location.pathname + location.search);
  const [path = '/', query = ''] = address.split('?', 2);
  return { path, query: new URLSearchParams(query) };
}

function watchMoves(changed: () => void): () => void {
  addEventListener('popstate', changed);
  addEventListener(MOVED, changed);
  return () => {
    removeEventListener('popstate', changed);
    removeEventListener(MOVED, changed);
  };
}

/** One word of the address's query, and how to change it; the empty text takes it out. */
export function useQueryWord(name: string): readonly [string, (value: string) => void] {
  const { query } = usePlace();
  const set = useCallback(
    (value: string) => {
      const next = new URLSearchParams(location.search);
      if (value === '') next.delete(name);
      else next.set(name, value);
      const text = next.toString();
      goTo(location.pathname + (text === '' ? '' : `?${text}`), { isSame: true });
    },
    [name],
  );
  return [query.get(name) ?? '', set];
}

/** A link within the dashboard; with a modifier key it is the browser's business. */
export function Link({ href, onClick, ...rest }: ComponentProps<'a'> & { readonly href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
      return;
    event.preventDefault();
    goTo(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
