import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/**
 * The schema as the database describes it, as SQL that a person can read: tables with their columns and constraints, then
 * indexes, sequences, functions and triggers, each by name. What the migrator keeps for itself is left out.
 */
export async function dumpSchema(db: Database): Promise<string> {
  const parts = [
    await tables(db),
    await definitions(db, INDEXES),
    await definitions(db, SEQUENCES),
    await definitions(db, FUNCTIONS),
    await definitions(db, TRIGGERS),
  ];
  return `${parts.join('\n\n')}\n`;
}

interface Line {
  readonly owner: string;
  readonly line: string;
}

async function tables(db: Database): Promise<string> {
  const { rows } = await sql<Line>`
    select owner, line from (
      select relname as owner, 0 as part, attnum::int as place, format('%I %s%s%s%s', attname, format_type(atttypid, atttypmod),
        case when attnotnull then ' not null' end,
        ' generated ' || case attidentity when 'a' then 'always' when 'd' then 'by default' end || ' as identity',
        case attgenerated when 's' then ' generated always as (' || pg_get_expr(adbin, adrelid, true) || ') stored'
          else ' default ' || pg_get_expr(adbin, adrelid) end) as line
      from ${OUR_TABLES} join pg_attribute on attrelid = ours.oid and attnum > 0 and not attisdropped
      left join pg_attrdef on adrelid = ours.oid and adnum = attnum
      union all
      select relname, case contype when 'p' then 1 when 'f' then 2 else 3 end, 0, pg_get_constraintdef(pg_constraint.oid)
      from ${OUR_TABLES} join pg_constraint on conrelid = ours.oid and contype in ('p', 'u', 'f', 'c')
      union all
      select relname, 4, 0, 'storage ' || array_to_string(reloptions, ', ') from ${OUR_TABLES} where reloptions is not null
    ) as lines order by owner, part, place, line`.execute(db);
  const byTable = Map.groupBy(rows, ({ owner }) => owner);
  return [...byTable].map(([name, lines]) => tableText(name, lines)).join('\n\n');
}

function tableText(name: string, lines: readonly Line[]): string {
  const isStorage = ({ line }: Line) => line.startsWith('storage ');
  const body = lines.filter((line) => !isStorage(line)).map(({ line }) => `  ${line}`);
  const storage = lines.filter(isStorage).map(({ line }) => ` with (${line.slice('storage '.length)})`);
  return `create table ${name} (\n${body.join(',\n')}\n)${storage.join('')};`;
}

async function definitions(db: Database, query: ReturnType<typeof sql<Line>>): Promise<string> {
  const { rows } = await query.execute(db);
  return rows.map(({ line }) => `${line.trim()};`).join('\n');
}

const OUR_TABLES = sql`(
  select oid, relname, reloptions from pg_class
  where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'schema\\_migration%') as ours`;

/** Primary keys are told with their tables. */
const INDEXES = sql<Line>`
  select ours.relname as owner, pg_get_indexdef(indexrelid) as line
  from ${OUR_TABLES} join pg_index on indrelid = ours.oid and not indisprimary order by indexrelid::regclass::text`;

/** Those of identity columns are told with their tables. */
const SEQUENCES = sql<Line>`
  select relname as owner, 'create sequence ' || relname as line from pg_class
  where relnamespace = 'public'::regnamespace and relkind = 'S'
    and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'i') order by relname`;

const FUNCTIONS = sql<Line>`
  select proname as owner, pg_get_functiondef(oid) as line from pg_proc
  where pronamespace = 'public'::regnamespace order by proname`;

const TRIGGERS = sql<Line>`
  select ours.relname as owner, pg_get_triggerdef(pg_trigger.oid) as line
  from ${OUR_TABLES} join pg_trigger on tgrelid = ours.oid and not tgisinternal order by tgname`;
