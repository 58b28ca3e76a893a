import { migrationOf } from './migration-of.ts';

/**
 * What revisions are looked for by stands beside their specification. An index on an expression over `spec` would not do: under
 * row-level security PostgreSQL uses none whose functions are not leakproof.
 */
export const foundRevisions = migrationOf([
  `alter table revisions add column is_agents boolean not null
    generated always as (spec #> '{component,agents}' is not null) stored`,
  // A host's router takes routes for the same whose hosts differ in case, or paths in a slash at the end. A path begins with
  // a slash and no host has one, so that no two pairs make one text.
  `alter table revisions add column machine_route text generated always as (
    case when spec #> '{component,agents}' is null and coalesce(spec #>> '{component,workload,on}', 'machine') = 'machine'
    then coalesce(lower(spec #>> '{component,route,host}'), '') || rtrim(spec #>> '{component,route,path}', '/') end) stored`,
  `alter table revisions add column cluster text generated always as (spec #>> '{component,workload,cluster}') stored`,
  `drop index revisions_by_cluster`,
  `create index revisions_by_cluster on revisions (tenant, cluster) where cluster is not null`,
  `create index revisions_of_agents on revisions (tenant, track_id, created_at desc, id) where is_agents`,
  `create index revisions_by_machine_route on revisions (tenant, machine_route) where machine_route is not null`,
]);
