import { migrationOf } from './migration-of.ts';

/** The authority of workers is followed by another before it ends; for some days both count. */
export const renewedAuthorities = migrationOf([
  `alter table worker_authorities add column generation int not null default 1`,
  `alter table worker_authorities drop constraint worker_authorities_pkey`,
  `alter table worker_authorities add primary key (tenant, generation)`,
]);
