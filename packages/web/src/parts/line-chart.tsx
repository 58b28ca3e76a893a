import { type PointerEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { pathOf, scaleOf, type ChartScale, type LinePoint } from './chart-geometry.ts';
import { Time } from './time.tsx';

/** One line of a chart. */
export interface ChartLine {
  readonly name: string;
  /** Says by colour and dashes whose line it is. */
  readonly role: 'stable' | 'candidate' | 'evidence';
  readonly values: readonly LinePoint[];
}

interface LineChartProps {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  /** In pixels. */
  readonly height: number;
  readonly words: (value: number) => string;
  /** The axis begins here, or lower where values do. */
  readonly least: number;
  /** The axis reaches at least here, so that a line near nothing lies near the ground. */
  readonly floor?: number;
  readonly bound?: { readonly value: number; readonly label: string };
}

/** Room for the names of the axis, in pixels: at least, for each character of the longest, and beside it. */
const LEFT = 52;
const CHARACTER = 6;
const BESIDE = 12;
const BOTTOM = 18;
const TOP = 8;

/** Lines over time. What they say last stands in words as well, for those who do not see them. */
export function LineChart(props: LineChartProps) {
  const title = useId();
  const { box, width } = useWidth();
  const [pointed, setPointed] = useState<number | null>(null);
  const { lines, height, bound } = props;
  const scaleFrom = (left: number): ChartScale =>
    scaleOf(
      lines.map(({ values }) => values),
      { left, top: TOP, width: Math.max(80, width - left - 4), height: height - BOTTOM - TOP },
      [props.least, props.floor, bound?.value],
    );
  const left = roomFor(scaleFrom(LEFT).ticks.map(props.words));
  const scale = scaleFrom(left);
  const right = left + Math.max(80, width - left - 4);
  const point = ({ clientX, currentTarget }: PointerEvent): void => {
    setPointed(scale.atOf(clientX - currentTarget.getBoundingClientRect().left));
  };
  return (
    <figure className="chart" ref={box} aria-labelledby={title}>
      <figcaption id={title} className="chart-title">
        {props.title}
        <span className="visually-hidden">: {lastWords(props)}</span>
      </figcaption>
      <svg height={height} aria-hidden="true" onPointerMove={point} onPointerLeave={() => setPointed(null)}>
        <Axes scale={scale} words={props.words} left={left} right={right} bottom={height - 4} />
        {bound && (
          <g>
            <line
              className="bound"
              x1={left}
              x2={right}
              y1={scale.y(bound.value)}
              y2={scale.y(bound.value)}
            />
            <text x={left + 6} y={scale.y(bound.value) - 5} className="bound-words">
              {bound.label}
            </text>
          </g>
        )}
        {lines.every(({ values }) => values.every(({ value }) => value === null)) && (
          <text x={(left + right) / 2} y={height / 2} textAnchor="middle">
            nothing is kept of it
          </text>
        )}
        {lines.map(({ name, role, values }) => (
          <path key={name} data-role={role} d={pathOf(values, scale)} />
        ))}
        {pointed !== null && (
          <line className="cross" x1={scale.x(pointed)} x2={scale.x(pointed)} y1={TOP} y2={height - BOTTOM} />
        )}
      </svg>
      {pointed !== null && <Tip {...props} at={pointed} left={scale.x(pointed)} width={width} />}
    </figure>
  );
}

const roomFor = (names: readonly string[]): number =>
  Math.max(LEFT, Math.max(0, ...names.map(({ length }) => length)) * CHARACTER + BESIDE);

function Axes(props: {
  readonly scale: ChartScale;
  readonly words: (value: number) => string;
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}) {
  const { scale } = props;
  return (
    <g>
      {scale.ticks.map((value) => (
        <g key={value}>
          <line className="grid" x1={props.left} x2={props.right} y1={scale.y(value)} y2={scale.y(value)} />
          <text x={props.left - 8} y={scale.y(value) + 4} textAnchor="end">
            {props.words(value)}
          </text>
        </g>
      ))}
      {scale.times.map(({ at, label }, index) => (
        <text key={index} x={scale.x(at)} y={props.bottom} textAnchor="middle">
          {label}
        </text>
      ))}
    </g>
  );
}

function Tip(props: LineChartProps & { readonly at: number; readonly left: number; readonly width: number }) {
  const isRight = props.left > props.width / 2;
  const style = isRight ? { right: props.width - props.left + 10 } : { left: props.left + 10 };
  return (
    <div className="chart-tip" style={style} aria-hidden="true">
      <Time at={props.at} as="clock" />
      {props.lines.map(({ name, values }) => {
        const value = values.find(({ at }) => at === props.at)?.value ?? null;
        return (
          <div key={name}>
            {name} <strong>{value === null ? '–' : props.words(value)}</strong>
          </div>
        );
      })}
    </div>
  );
}

function lastWords({ lines, words }: LineChartProps): string {
  return lines
    .map(({ name, values }) => {
      const value = values.findLast((point) => point.value !== null)?.value ?? null;
      return `${name} ${value === null ? 'nothing counted' : words(value)}`;
    })
    .join(', ');
}

function useWidth() {
  const box = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(480);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const look = new ResizeObserver(() => setWidth(element.clientWidth));
    setWidth(element.clientWidth);
    look.observe(element);
    return () => look.disconnect();
  }, []);
  return { box, width };
}
