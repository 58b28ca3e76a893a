import type { RolloutSeriesView } from '@sluice/protocol/http/series.ts';
import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { useMemo } from 'react';
import { figureWords, latencyWords, rateWords } from '../../parts/figures.ts';
import { type ChartLine, LineChart } from '../../parts/line-chart.tsx';
import { Empty, Failed, Loading } from '../../parts/states.tsx';
import { useQueryWord } from '../../routing/location.tsx';
import { useSeries } from './use-series.ts';

type ArmPoint = NonNullable<RolloutSeriesView['points'][number]['candidate']>;

const QUANTILES = { p50: 'p50Ms', p95: 'p95Ms', p99: 'p99Ms' } as const;
type Quantile = keyof typeof QUANTILES;

/** Requests, failures and latency of both sides over time. */
export function TrafficCharts({ rollout }: { readonly rollout: RolloutView }) {
  const { value: series, failure } = useSeries(rollout);
  const [word, choose] = useQueryWord('latency');
  const quantile: Quantile = word in QUANTILES ? (word as Quantile) : 'p95';
  return (
    <section className="panel" aria-labelledby="traffic">
      <div className="panel-head">
        <h2 id="traffic">Traffic</h2>
        <div className="legend">
          <span>
            <span className="line-mark" data-role="candidate" /> candidate
          </span>
          <span>
            <span className="line-mark" data-role="stable" /> stable
          </span>
        </div>
        <QuantileChoice chosen={quantile} choose={choose} />
      </div>
      {series ? (
        <Charts series={series} quantile={quantile} />
      ) : failure ? (
        <Failed failure={failure} />
      ) : (
        <Loading height={188} what="the traffic" />
      )}
    </section>
  );
}

function QuantileChoice(props: { readonly chosen: string; readonly choose: (name: string) => void }) {
  return (
    <div className="chips push" role="group" aria-label="Which latency">
      {Object.keys(QUANTILES).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={props.chosen === name}
          onClick={() => props.choose(name === 'p95' ? '' : name)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

function Charts({ series, quantile }: { readonly series: RolloutSeriesView; readonly quantile: Quantile }) {
  const { points, stepSeconds } = series;
  const charts = useMemo(
    () => ({
      rate: linesOf(points, ({ requests }) => requests / stepSeconds),
      errors: linesOf(points, ({ requests, errors }) => (requests === 0 ? null : errors / requests)),
      latency: linesOf(points, (arm) => arm[QUANTILES[quantile]]),
    }),
    [points, stepSeconds, quantile],
  );
  if (points.length === 0) {
    return (
      <Empty icon="waiting" title="Nothing was counted">
        <p>Requests are kept by the second for a quarter of an hour, and by the minute for longer.</p>
      </Empty>
    );
  }
  return (
    <div className="charts">
      <LineChart title="Requests per second" lines={charts.rate} words={figureWords} least={0} height={150} />
      <LineChart title="Failed" lines={charts.errors} words={rateWords} least={0} height={150} floor={0.01} />
      <LineChart
        title={`Latency ${quantile}`}
        lines={charts.latency}
        words={latencyWords}
        least={0}
        height={150}
      />
    </div>
  );
}

function linesOf(
  points: RolloutSeriesView['points'],
  figure: (arm: ArmPoint) => number | null,
): readonly ChartLine[] {
  return (['stable', 'candidate'] as const).map((role) => ({
    name: role,
    role,
    values: points.map((point) => {
      const arm = point[role];
      return { at: point.at, value: arm === null ? null : figure(arm) };
    }),
  }));
}
