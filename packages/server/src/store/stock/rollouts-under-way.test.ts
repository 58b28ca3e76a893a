import { expect, it } from 'vitest';
import { sql } from 'kysely';
import { firstCommit, rolloutOf, TENANT, WEB } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack } from '../tracks/commit-track.ts';
import { rolloutsUnderWay } from './rollouts-under-way.ts';

const database = withDatabase();
const since = Date.now() - 90_000;

it('says for how long a rollout is in its phase, its part of the split, and the traffic of the newest minute', async () => {
  const { db } = database;
  const { candidate } = rolloutOf(2);
  const stable = rolloutOf(1).candidate;
  const weights = [
    { revision: candidate, basisPoints: 2_500 },
    { revision: stable, basisPoints: 7_500 },
  ];
  await commitTrack(
    db,
    TENANT,
    firstCommit({
      state: { stable, split: { weights } },
      rollouts: [
        rolloutOf(1, { finishedAt: since, phase: 'succeeded' }),
        rolloutOf(2, { stable, phase: 'held', state: { phase: { name: 'held', since } } }),
        rolloutOf(3, { stable, phase: 'queued', state: { phase: { name: 'queued' } } }),
      ],
    }),
  );
  for (const [ago, requests] of [
    [3, 60],
    [2, 120],
    [40, 6_000],
  ])
    await sql`insert into traffic_minutes (tenant, track_id, revision, minute, requests, errors, seconds, sum_errors_squared)
      values (${TENANT}, ${WEB}, ${candidate}, date_trunc('minute', now()) - ${ago} * interval '1 minute', ${requests}, 30, 60, 0)`.execute(
      db,
    );
  const found = await rolloutsUnderWay(db, TENANT, 10);
  const held = found.find(({ phase }) => phase === 'held');
  expect(found).toHaveLength(2);
  expect(held).toMatchObject({
    ...{ track: WEB, candidateShare: 0.25, stableShare: 0.75, stableTraffic: null },
    candidateTraffic: { requestsPerSecond: 2, errorsPerSecond: 0.5 },
  });
  expect(held?.seconds).toBeGreaterThanOrEqual(90);
  expect(held?.seconds).toBeLessThan(300);
  expect(found.find(({ phase }) => phase === 'queued')).toMatchObject({ candidateShare: null });
  expect(await rolloutsUnderWay(db, TENANT, 1)).toHaveLength(1);
  expect(await rolloutsUnderWay(db, 'other', 10)).toEqual([]);
});
