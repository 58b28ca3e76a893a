/** Statements of tests that make something happen for which one would have to wait, or look where nobody else does. */
export { sql } from 'kysely';
