import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';

/** Most rows of different heights, which are all there: more make a telephone slow. */
const MOST_FLOWING = 2000;
/** More rows than this are drawn only where they can be seen. */
const LONG = 200;
/** Rows beyond the edges that are there already when they are scrolled to. */
const SPARE_ROWS = 8;

interface VirtualListProps<Item> {
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  /** Every row has this height, in pixels: that is what makes ten thousand of them cheap. */
  readonly rowHeight: number;
  /** Height of the list, in pixels, when there are more rows than fit. */
  readonly height: number;
  readonly label: string;
  /** Whether rows are as high as what stands in them where the page is narrow, so that nothing is cut off. */
  readonly flows?: boolean;
  /** Shows the end as it grows, until somebody scrolls away from it. */
  readonly follow?: { readonly isOn: boolean; readonly set: (isOn: boolean) => void };
  readonly children: (item: Item, at: number) => ReactNode;
}

/** A list of which only what can be seen is there. */
export function VirtualList<Item>(props: VirtualListProps<Item>) {
  const { items, rowHeight } = props;
  const box = useRef<HTMLDivElement>(null);
  const { top, height } = useWindowOf(box, props.height);
  useFollowing(box, items, props.follow);
  const isNarrow = useIsNarrow();
  if (props.flows && isNarrow) return <FlowingList {...props} box={box} />;
  const first = Math.max(0, Math.floor(top / rowHeight) - SPARE_ROWS);
  const last = Math.min(items.length, Math.ceil((top + height) / rowHeight) + SPARE_ROWS);
  return (
    <div
      ref={box}
      className="virtual"
      style={{ maxHeight: props.height }}
      role="list"
      aria-label={props.label}
      tabIndex={0}
      onKeyDown={(event) => step(event, box, rowHeight)}
    >
      <div style={{ height: items.length * rowHeight }}>
        {items.slice(first, last).map((item, offset) => (
          <div
            key={props.keyOf(item)}
            className="virtual-row"
            role="listitem"
            aria-setsize={items.length}
            aria-posinset={first + offset + 1}
            style={{ top: (first + offset) * rowHeight, height: rowHeight }}
          >
            {props.children(item, first + offset)}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Rows of any height; of very many those at the beginning, or at the end that is followed. */
function FlowingList<Item>(
  props: VirtualListProps<Item> & { readonly box: RefObject<HTMLDivElement | null> },
) {
  const { items } = props;
  const from = props.follow ? Math.max(0, items.length - MOST_FLOWING) : 0;
  const shown = items.slice(from, from + MOST_FLOWING);
  return (
    <div
      ref={props.box}
      className="virtual"
      data-long={shown.length > LONG}
      style={{ maxHeight: props.height }}
      role="list"
      aria-label={props.label}
      tabIndex={0}
      onKeyDown={(event) => step(event, props.box, props.rowHeight)}
    >
      {shown.map((item, at) => (
        <div
          key={props.keyOf(item)}
          className="virtual-row"
          data-flows="true"
          role="listitem"
          aria-setsize={items.length}
          aria-posinset={from + at + 1}
        >
          {props.children(item, from + at)}
        </div>
      ))}
    </div>
  );
}

const NARROW = '(max-width: 860px)';

/** Whether things stand below each other instead of beside each other. */
function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const query = matchMedia(NARROW);
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => matchMedia(NARROW).matches,
  );
}

function step(event: KeyboardEvent, box: RefObject<HTMLDivElement | null>, rowHeight: number): void {
  const list = box.current;
  if (!list || event.target !== list) return;
  if (event.key === 'Home') list.scrollTop = 0;
  else if (event.key === 'End') list.scrollTop = list.scrollHeight;
  else if (event.key === 'j') list.scrollTop += rowHeight;
  else if (event.key === 'k') list.scrollTop -= rowHeight;
}

/** Nearer to the end than this is at the end, in pixels. */
const AT_END_PX = 8;

/** Keeps a box at its end; somebody who scrolls up is left there, and whoever comes back to the end follows again. */
function useFollowing<Item>(
  box: RefObject<HTMLDivElement | null>,
  items: readonly Item[],
  follow: VirtualListProps<Item>['follow'],
): void {
  const isOn = follow?.isOn === true;
  const latest = useRef(follow);
  latest.current = follow;
  useLayoutEffect(() => {
    if (isOn && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [box, items, isOn]);
  useLayoutEffect(() => {
    const list = box.current;
    if (!list || latest.current === undefined) return undefined;
    let before = list.scrollTop;
    const look = (): void => {
      const isUp = list.scrollTop < before;
      before = list.scrollTop;
      const isAtEnd = list.scrollHeight - list.clientHeight - list.scrollTop <= AT_END_PX;
      if (isUp && !isAtEnd && latest.current?.isOn) latest.current.set(false);
      else if (!isUp && isAtEnd && latest.current?.isOn === false) latest.current.set(true);
    };
    list.addEventListener('scroll', look, { passive: true });
    return () => list.removeEventListener('scroll', look);
  }, [box]);
}

/** The part of a scrolled box that can be seen, in pixels. */
function useWindowOf(box: RefObject<HTMLDivElement | null>, most: number) {
  const [seen, setSeen] = useState({ top: 0, height: most });
  useLayoutEffect(() => {
    const list = box.current;
    if (!list) return undefined;
    const look = (): void => setSeen({ top: list.scrollTop, height: list.clientHeight || most });
    look();
    list.addEventListener('scroll', look, { passive: true });
    return () => list.removeEventListener('scroll', look);
  }, [box, most]);
  return seen;
}
