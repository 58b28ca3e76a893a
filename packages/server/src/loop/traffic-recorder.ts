/**
 * Purpose: keeps the traffic of each track by the minute, the history that later rollouts are compared with.
 *
 * Owns, in memory: the sums of the minutes that are not recorded yet. What is lost with it is read again, because
 * providers keep a quarter of an hour. 1. Each second is added once, whoever read it. 2. What the loop has read as
 * evidence is not read again: of ten thousand live rollouts that would be as much work as the evidence itself.
 */
import { hash32 } from '@sluice/core/kernel/hash.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { MetricsProvider } from '../metrics/metrics-provider.ts';
import type { Database } from '../store/database/open-database.ts';
import { putTrafficMinutes } from '../store/traffic/put-traffic-minutes.ts';
import { lastTrafficMinute } from '../store/traffic/traffic-minutes.ts';
import type { CountedPlace } from './track-places.ts';
import { minuteOf, minuteSums, type MinuteSums, type RevisionTick } from './minute-sums.ts';

/** Keeps the traffic of each track by the minute. */
export interface TrafficRecorder {
  /** Takes in what a look has seen, and records the whole minutes once a minute; what fails is done again next time. */
  record(tenant: string, track: TrackState, seen: Observation['metrics']): Promise<void>;
}

/** How far the traffic of one track is known. */
interface Course {
  readonly sums: MinuteSums;
  /** Every second before this has been added. */
  seenUntil: Instant;
  recordedUntil: Instant;
}

const MINUTE_MS = 60_000;
/** How far back a server looks at a track that has nothing recorded; providers keep a quarter of an hour. */
const FIRST_REACH_MS = 14 * MINUTE_MS;
/** Tracks are recorded one after another over this part of a minute, instead of all when it ends. */
const SPREAD_MS = 50_000;

/** Finds who counts the requests of a track. */
export interface RecordedPlaces {
  ofTrack(tenant: string, track: TrackState): Promise<CountedPlace | null>;
}

/** Records into PostgreSQL what looks have seen, and reads from the provider what they have not. */
export function trafficRecorder(db: Database, places: RecordedPlaces, now: () => Instant): TrafficRecorder {
  const courses = new Map<string, Course>();
  const courseOf = async (tenant: string, track: TrackId): Promise<Course> => {
    const key = `${tenant} ${track}`;
    const known = courses.get(key);
    if (known) return known;
    const since = await firstMoment(db, tenant, track, now());
    const course = courses.get(key) ?? { sums: minuteSums(), seenUntil: since, recordedUntil: since };
    courses.set(key, course);
    return course;
  };
  return {
    record: async (tenant, track, seen) => {
      const course = await courseOf(tenant, track.id);
      takeEvidence(course, track, seen);
      const until = minuteOf(now() - spreadOf(track.id));
      if (until <= course.recordedUntil) return;
      if (course.seenUntil < until) {
        const place = await places.ofTrack(tenant, track);
        if (place) await readOn(place.metrics, course, track.id);
      }
      if (course.seenUntil < until) return;
      const minutes = course.sums.endedBy(until);
      await putTrafficMinutes(db, tenant, { trackId: track.id, minutes });
      course.sums.forget(minutes);
      course.recordedUntil = until;
    },
  };
}

const spreadOf = (track: TrackId): number => hash32(track) % SPREAD_MS;

async function firstMoment(db: Database, tenant: string, track: TrackId, now: Instant): Promise<Instant> {
  const earliest = minuteOf(now) - FIRST_REACH_MS;
  const last = await lastTrafficMinute(db, tenant, { trackId: track, since: earliest });
  return last === null ? earliest : last + MINUTE_MS;
}

/** Evidence tells of candidate and stable; where others may have requests it does not tell everything. */
function takeEvidence(course: Course, track: TrackState, seen: Observation['metrics']): void {
  const { active } = track;
  if (!active?.evidence || seen.kind !== 'ticks' || !isBetweenTwo(track)) return;
  if (active.evidence.cursor > course.seenUntil) return;
  const { candidate, stable } = active;
  for (const tick of seen.ticks) {
    if (tick.at < course.seenUntil) continue;
    addServed(course, { ...tick, revision: candidate, arm: tick.candidate });
    if (stable !== null) addServed(course, { ...tick, revision: stable, arm: tick.stable });
  }
  course.seenUntil = Math.max(course.seenUntil, seen.cursor);
}

function isBetweenTwo({ active, split }: TrackState): boolean {
  const { weights, matches, mirror } = split;
  const served = [...weights, ...matches, ...(mirror ? [mirror] : [])].map(({ revision }) => revision);
  return served.every((revision) => revision === active?.candidate || revision === active?.stable);
}

/** A second without requests tells nothing of a revision. */
function addServed({ sums }: Course, tick: RevisionTick): void {
  if (tick.arm.requests > 0) sums.add(tick);
}

async function readOn(metrics: MetricsProvider, course: Course, track: TrackId): Promise<void> {
  const seen = await metrics.observe(track, course.seenUntil);
  if (seen.kind !== 'ticks') return;
  for (const tick of seen.ticks) {
    if (tick.at < course.seenUntil) continue;
    for (const [revision, arm] of Object.entries(tick.arms)) addServed(course, { ...tick, revision, arm });
  }
  course.seenUntil = Math.max(course.seenUntil, seen.cursor);
}
