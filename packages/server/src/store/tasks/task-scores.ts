import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Scores of one task by one source. */
export interface TaskScores {
  readonly task: string;
  /** Who gives them: a hook, a person. */
  readonly source: string;
  /** By name, from 0 to 1. */
  readonly scores: Readonly<Record<string, number>>;
}

/** What came of it. */
export interface WrittenScores {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  /** Names that this source had not scored before; the others were changed. */
  readonly fresh: readonly string[];
}

/**
 * Writes scores of a task; what the source has scored before is replaced.
 * @returns null when there is no such task
 */
export async function putScores(
  db: Database,
  tenant: string,
  { task, source, scores }: TaskScores,
): Promise<WrittenScores | null> {
  const given = Object.entries(scores);
  const { rows } = await sql<WrittenScores>`
    with scored as materialized (
      select id, queue, revision from tasks where tenant = ${tenant} and id = ${task}::uuid for key share),
    written as (
      insert into task_scores (tenant, task, name, source, score)
      select ${tenant}, id, name, ${source}::text, score from scored, unnest(
        ${given.map(([name]) => name)}::text[], ${given.map(([, score]) => score)}::double precision[]
      ) as given (name, score) order by name
      on conflict (tenant, task, name, source) do update set score = excluded.score, given_at = now()
      returning name, xmax = 0 as is_fresh)
    select queue, revision, coalesce((select array_agg(name order by name) from written where is_fresh), '{}') as fresh
    from scored`.execute(db);
  return rows[0] ?? null;
}

/** A score as it is kept. */
export interface GivenScore {
  readonly name: string;
  readonly source: string;
  readonly score: number;
}

/** The scores of a task that were given apart from its result, in the order of their names. */
export async function listScores(db: Database, tenant: string, task: string): Promise<readonly GivenScore[]> {
  const { rows } = await sql<GivenScore>`
    select name, source, score from task_scores where tenant = ${tenant} and task = ${task}::uuid
    order by name, source`.execute(db);
  return rows;
}
