/** The drawings that the dashboard has; each is 16 by 16 and takes the colour of its text. */
const DRAWINGS = {
  board: 'M2.5 3.5h11v9h-11zM2.5 7h11M7 3.5v9',
  moving: 'M2.5 8h8M7.5 4.5 11 8l-3.5 3.5M13.5 3.5v9',
  host: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01',
  agents: 'M5 6.5a3 3 0 1 0 6 0 3 3 0 1 0-6 0M3 13.5c.6-2.3 2.6-3.5 5-3.5s4.4 1.2 5 3.5',
  audit: 'M4 2.5h8v11H4zM6 5.5h4M6 8h4M6 10.5h2',
  settings:
    'M2.5 5h6M12 5h1.5M2.5 11H4M7.5 11h6M8.5 5a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0M4 11a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0',
  good: 'M2.5 8a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0M5.5 8.2l1.8 1.8 3.3-3.8',
  bad: 'M2.5 8a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0M6 6l4 4M10 6l-4 4',
  warn: 'M8 2.5 14 13H2zM8 6.5v3M8 11.2v.01',
  held: 'M2.5 8a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0M6.6 6v4M9.4 6v4',
  back: 'M6.5 3.5 3 7l3.5 3.5M3 7h6.5a3.5 3.5 0 0 1 0 7H7',
  waiting: 'M2.5 8a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0M8 5v3.2l2 1.3',
  idle: 'M5.5 8a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0',
  search: 'M3 7a4 4 0 1 0 8 0 4 4 0 1 0-8 0M10 10l3.5 3.5',
  lock: 'M4 7.5h8v6H4zM5.5 7.5V5.5a2.5 2.5 0 0 1 5 0v2',
} as const;

/** The name of a drawing. */
export type IconName = keyof typeof DRAWINGS;

/** A drawing beside words that say the same; readers of screens pass it over. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={DRAWINGS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
