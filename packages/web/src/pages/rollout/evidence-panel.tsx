import type { RolloutSeriesView } from '@sluice/protocol/http/series.ts';
import type { ArmView, EvidenceView, RolloutView } from '@sluice/protocol/http/views.ts';
import { useMemo } from 'react';
import { LineChart } from '../../parts/line-chart.tsx';
import { countWords, figureWords, latencyWords, rateWords } from '../../parts/figures.ts';
import { VerdictMark } from '../../parts/mark.tsx';
import { Empty } from '../../parts/states.tsx';
import { useSeries } from './use-series.ts';
import { TableScroll } from '../../parts/table-scroll.tsx';

/** What all evidence says: the sentence, its line towards the bound, and the figures of both sides. */
export function EvidencePanel({ rollout }: { readonly rollout: RolloutView }) {
  const { evidence } = rollout;
  return (
    <section className="panel" aria-labelledby="evidence">
      <div className="panel-head">
        <h2 id="evidence">Evidence</h2>
        {evidence && <VerdictMark verdict={evidence.verdict} />}
      </div>
      {evidence ? (
        <Known rollout={rollout} evidence={evidence} />
      ) : (
        <Empty icon="waiting" title="No evidence yet">
          <p>It begins with the candidate's first requests.</p>
        </Empty>
      )}
    </section>
  );
}

function Known({ rollout, evidence }: { readonly rollout: RolloutView; readonly evidence: EvidenceView }) {
  return (
    <div className="panel-body stack">
      <ul className="sentences">
        {evidence.sentences.slice(0, 3).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <OddsChart rollout={rollout} />
      <TableScroll label="Requests of both sides">
        <table className="table arms">
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Side</span>
              </th>
              {['Requests', 'Failed', 'p50', 'p95', 'p99'].map((name) => (
                <th key={name} scope="col" className="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Arm role="candidate" name="Candidate" arm={evidence.candidate} />
            <Arm role="stable" name="Stable" arm={evidence.stable} />
          </tbody>
        </table>
      </TableScroll>
    </div>
  );
}

function Arm({ role, name, arm }: { readonly role: string; readonly name: string; readonly arm: ArmView }) {
  return (
    <tr>
      <th scope="row">
        <span className="swatch" data-role={role} /> {name}
      </th>
      <td className="number">{countWords(arm.requests)}</td>
      <td className="number">{rateWords(arm.requests === 0 ? null : arm.errors / arm.requests)}</td>
      <td className="number">{latencyWords(arm.p50Ms)}</td>
      <td className="number">{latencyWords(arm.p95Ms)}</td>
      <td className="number">{latencyWords(arm.p99Ms)}</td>
    </tr>
  );
}

/** Odds grow by factors: a line of their logarithm is as straight as the evidence is steady. */
function OddsChart({ rollout }: { readonly rollout: RolloutView }) {
  const { value: series } = useSeries(rollout);
  const bound = series?.bound ?? null;
  const points = series?.points;
  const lines = useMemo(
    () => [
      {
        name: 'odds against',
        role: 'evidence' as const,
        values: judgedPart(points ?? []).map(({ at, odds }) => ({
          at,
          value: odds === null ? null : powerOf(odds, bound),
        })),
      },
    ],
    [points, bound],
  );
  if (bound === null || !points?.some(({ odds }) => odds !== null)) return null;
  return (
    <LineChart
      title="Odds that the candidate is worse"
      lines={lines}
      height={120}
      bound={{ value: Math.log10(bound), label: `taken back at ${figureWords(bound)} : 1` }}
      words={oddsWords}
      least={-1}
    />
  );
}

/** From the first moment on at which the judge had anything to say. */
function judgedPart(points: RolloutSeriesView['points']): RolloutSeriesView['points'] {
  const first = points.findIndex(({ odds }) => odds !== null);
  return first === -1 ? [] : points.slice(first);
}

/** Beyond a hundred times the bound, and below one to ten, more or less says nothing more. */
const powerOf = (odds: number, bound: number | null): number =>
  Math.max(-1, Math.min(Math.log10(odds), Math.log10(bound ?? 100) + 2));

/** A power of ten as odds: `20 : 1`, `1 : 3`. */
export const oddsWords = (power: number): string =>
  power >= 0
    ? `${figureWords(10 ** Math.min(power, 12))} : 1`
    : `1 : ${figureWords(10 ** Math.min(-power, 12))}`;
