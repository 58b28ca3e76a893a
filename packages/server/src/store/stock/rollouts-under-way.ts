import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** How a rollout that has not ended stands, for figures. */
export interface RolloutUnderWay {
  readonly track: TrackId;
  readonly phase: string;
  /** For how long it has been in this phase, in seconds. */
  readonly seconds: number;
  /** Parts of the ordered split, from 0 to 1; null while it waits in line. */
  readonly candidateShare: number | null;
  readonly stableShare: number | null;
  /** Of the newest minute that is recorded; null where there is none of the last five. */
  readonly candidateTraffic: MinuteTraffic | null;
  readonly stableTraffic: MinuteTraffic | null;
}

/** Requests of a revision in a minute, for each second of it. */
export interface MinuteTraffic {
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
}

/** Rollouts that have not ended, those that have been in their phase for the longest first. */
export async function rolloutsUnderWay(
  db: Database,
  tenant: string,
  limit: number,
): Promise<readonly RolloutUnderWay[]> {
  const { rows } = await sql<RolloutUnderWay>`
    with under_way as (
      select tenant, track_id, phase, candidate, stable,
        greatest(0, extract(epoch from clock_timestamp())
          - coalesce((state->'phase'->>'since')::double precision / 1000, extract(epoch from requested_at))
        )::double precision as seconds
      from rollouts where tenant = ${tenant} and finished_at is null
      order by seconds desc limit ${limit})
    select track_id as track, phase, seconds,
      ${shareOf('candidate')} as "candidateShare", ${shareOf('stable')} as "stableShare",
      ${trafficOf('candidate')} as "candidateTraffic", ${trafficOf('stable')} as "stableTraffic"
    from under_way`.execute(db);
  return rows;
}

type Role = 'candidate' | 'stable';

const shareOf = (role: Role) => sql`
  case when phase = 'queued' or ${sql.ref(role)} is null then null else coalesce((
    select sum((weight->>'basisPoints')::double precision) / 10000
    from tracks, jsonb_array_elements(tracks.state::jsonb->'split'->'weights') as weight
    where tracks.tenant = under_way.tenant and tracks.id = under_way.track_id
      and weight->>'revision' = ${sql.ref(role)}
  ), 0) end`;

const trafficOf = (role: Role) => sql`(
  select json_build_object(
    'requestsPerSecond', requests::double precision / greatest(1, traffic_minutes.seconds),
    'errorsPerSecond', errors::double precision / greatest(1, traffic_minutes.seconds))
  from traffic_minutes
  where traffic_minutes.tenant = under_way.tenant and traffic_minutes.track_id = under_way.track_id
    and traffic_minutes.revision = ${sql.ref(role)}
    and minute > clock_timestamp() - interval '5 minutes'
  order by minute desc limit 1)`;
