import { useEffect, useRef } from 'react';
import { goTo } from '../routing/location.tsx';
import { ROUTES } from '../routing/routes.ts';

/** How long `g` waits for the letter that says where to. */
const SECOND_KEY_MS = 1500;

const KEYS = [
  ['/', 'Search on this page'],
  ['j, k', 'The next and the one before'],
  ['Enter', 'Open it'],
  ['Esc', 'Leave a search or a dialog'],
  ['?', 'This help'],
] as const;

/** The keys that work everywhere, and the help that lists them. */
export function KeyboardHelp() {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const course = { goneAt: -Infinity };
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      const isSecond = event.timeStamp - course.goneAt < SECOND_KEY_MS;
      course.goneAt = event.key === 'g' && !isSecond ? event.timeStamp : -Infinity;
      if (isSecond) {
        const route = ROUTES.find(({ nav }) => nav?.key === event.key);
        if (route) goTo(route.pattern);
      } else if (event.key === '?') box.current?.showModal();
      else if (event.key === '/') focusSearch(event);
      else if (event.key === 'j') stepThrough(1);
      else if (event.key === 'k') stepThrough(-1);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  const goes = ROUTES.flatMap(({ nav }) => (nav ? [[`g ${nav.key}`, `Go to ${nav.label}`] as const] : []));
  return (
    <dialog ref={box} aria-labelledby="keys">
      <div className="dialog-body">
        <h2 id="keys">Keys</h2>
        <table className="table">
          <tbody>
            {[...KEYS, ...goes].map(([key, words]) => (
              <tr key={key}>
                <th scope="row">
                  <kbd>{key}</kbd>
                </th>
                <td>{words}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <form method="dialog" className="dialog-foot">
        <button type="submit" className="button">
          Close
        </button>
      </form>
    </dialog>
  );
}

const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));

function focusSearch(event: KeyboardEvent): void {
  const search = document.querySelector<HTMLInputElement>('input[type=search]');
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
}

/** Goes through the links that a page marks as its rows. */
function stepThrough(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = at === -1 ? rows[by === 1 ? 0 : rows.length - 1] : rows[at + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
