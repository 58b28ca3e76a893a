import { useNow } from '../api/dashboard-api.tsx';
import { spanWords } from './figures.ts';

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** A moment for whoever points at it: in UTC, to the second. */
export const utcWords = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** A moment in the viewer's zone. `as`: how long ago, the time of day, or day and time. */
export function Time({ at, as = 'ago' }: { readonly at: number; readonly as?: 'ago' | 'clock' | 'day' }) {
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={`${DAY.format(at)} · ${utcWords(at)}`}
      className="nowrap"
    >
      {as === 'ago' ? <Ago at={at} /> : (as === 'clock' ? CLOCK : DAY).format(at)}
    </time>
  );
}

const MINUTE_MS = 60_000;

function Ago({ at }: { readonly at: number }) {
  const age = useNow(Date.now() - at < MINUTE_MS ? 1000 : 20_000) - at;
  return age < 2000 ? 'just now' : `${spanWords(age)} ago`;
}
