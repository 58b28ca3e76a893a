/** A value at a moment; null where nothing is known. */
export interface LinePoint {
  readonly at: number;
  readonly value: number | null;
}

/** Where the lines are drawn, in pixels. */
export interface ChartArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** How moments and values become places. */
export interface ChartScale {
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
  /** The moment of the point that lies nearest to a place; null without points. */
  readonly atOf: (x: number) => number | null;
  readonly ticks: readonly number[];
  readonly times: readonly { readonly at: number; readonly label: string }[];
}

/** Fits everything into an area; `also` are values that the axis reaches in any case. */
export function scaleOf(
  lines: readonly (readonly LinePoint[])[],
  area: ChartArea,
  also: readonly (number | undefined)[],
): ChartScale {
  const values = [
    ...lines.flatMap((line) => line.flatMap(({ value }) => (value === null ? [] : [value]))),
    ...also.flatMap((value) => (value === undefined ? [] : [value])),
  ];
  const moments = [...new Set(lines.flatMap((line) => line.map(({ at }) => at)))].sort((a, b) => a - b);
  const ticks = ticksOf(least(values), greatest(values));
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const [first, last] = [moments[0] ?? 0, moments.at(-1) ?? 1];
  // A moment alone stands in the middle, where its name has room.
  const x = (at: number): number =>
    area.left + (last > first ? (at - first) / (last - first) : 0.5) * area.width;
  return {
    x,
    y: (value) => area.top + (1 - (clamped(value, low, high) - low) / (high - low)) * area.height,
    atOf: (place) => nearest(moments, first + ((place - area.left) / area.width) * (last - first)),
    ticks,
    times: timesOf(first, last, area.width),
  };
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
const clamped = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Two to five round values that reach from the least to the greatest. */
export function ticksOf(from: number, to: number): readonly number[] {
  if (!Number.isFinite(from) || !Number.isFinite(to)) return [0, 1];
  const range = to > from ? to - from : Math.max(Math.abs(to), 1);
  const size = roundStep(range / 3);
  const first = Math.floor(from / size);
  const last = Math.max(first + 1, Math.ceil(to / size - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * size).toPrecision(12)));
}

/** The next of 1, 2, 2.5, 5 and 10 times a power of ten. */
function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  const factor = [1, 2, 2.5, 5, 10].find((step) => step * power >= size - 1e-12) ?? 10;
  return factor * power;
}

/** One stretch per run of known values, so that a gap stays a gap; a value alone is a short dash. */
export function pathOf(points: readonly LinePoint[], { x, y }: ChartScale): string {
  const parts: string[] = [];
  let isDrawing = false;
  for (const [index, { at, value }] of points.entries()) {
    if (value !== null) {
      const place = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      const isAlone = !isDrawing && (points[index + 1]?.value ?? null) === null;
      parts.push(isDrawing ? `L${place}` : isAlone ? `M${place}h2` : `M${place}`);
    }
    isDrawing = value !== null;
  }
  return parts.join('');
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const SHORT_CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const TIME_PX = 110;
const LONG_MS = 20 * 60_000;

function timesOf(first: number, last: number, width: number): ChartScale['times'] {
  const count = last > first ? Math.max(1, Math.min(5, Math.floor(width / TIME_PX))) : 1;
  const clock = last - first > LONG_MS ? SHORT_CLOCK : CLOCK;
  return Array.from({ length: count }, (_, at) => {
    const moment = first + ((at + 0.5) / count) * (last - first);
    return { at: moment, label: clock.format(moment) };
  });
}

function nearest(moments: readonly number[], wanted: number): number | null {
  let best: number | null = null;
  for (const at of moments) if (best === null || Math.abs(at - wanted) < Math.abs(best - wanted)) best = at;
  return best;
}
