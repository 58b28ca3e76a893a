/** What a rollout's requests came to over time, and what the judge made of them. */
import { z } from 'zod';

const armPoint = z.object({
  requests: z.int(),
  errors: z.int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
});

/** One stretch of time of a rollout. */
export const seriesPointSchema = z
  .object({
    at: z.number().describe('When it begins, in milliseconds since the epoch.'),
    candidate: armPoint.nullable().describe('Null when nothing was counted for it.'),
    stable: armPoint.nullable(),
    odds: z.number().nullable().describe('The odds that the candidate is worse, at the end of this stretch.'),
  })
  .meta({ id: 'SeriesPoint' });
/** One stretch of time. */
export type SeriesPointView = z.infer<typeof seriesPointSchema>;

/** The course of a rollout, oldest first. */
export const rolloutSeriesSchema = z
  .object({
    rollout: z.string(),
    stepSeconds: z.int().describe('How long each stretch is.'),
    bound: z
      .number()
      .nullable()
      .describe('Odds at which the judge says that the candidate is worse; null where it does not judge.'),
    source: z
      .enum(['seconds', 'minutes', 'none'])
      .describe(
        'Seconds are kept for a quarter of an hour by whoever counts requests; minutes, without latencies, longer.',
      ),
    points: z.array(seriesPointSchema),
  })
  .meta({ id: 'RolloutSeries' });
/** The course of a rollout on the wire. */
export type RolloutSeriesView = z.infer<typeof rolloutSeriesSchema>;
