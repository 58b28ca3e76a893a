import type { RolloutSeriesView } from '@sluice/protocol/http/series.ts';
import type { RolloutView } from '@sluice/protocol/http/views.ts';
import type { Answer } from '../../api/answers.ts';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';

const EVERY_MS = 1000;

/** The course of a rollout, second by second while it is under way; several parts of a page ask for it once. */
export function useSeries(rollout: RolloutView): Answer<RolloutSeriesView> {
  const { client } = useApi();
  const { id, outcome } = rollout;
  return useAnswer(
    { name: `series:${id}`, ask: () => client.rolloutSeries(id) },
    outcome === null ? EVERY_MS : undefined,
  );
}
