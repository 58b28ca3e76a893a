/**
 * A launcher as a process of its own, for tests: starts the embedded database in the folder given as argument, prints one
 * line of JSON, and stays alive until its standard input ends (or it is killed).
 */
import { once } from 'node:events';
import { startEmbeddedPostgres } from '../embedded/start-embedded-postgres.ts';

const [directory = ''] = process.argv.slice(2);

try {
  const { pid, adopted, connectionString } = await startEmbeddedPostgres({ directory });
  console.log(JSON.stringify({ pid, adopted, connectionString }));
} catch (thrown) {
  console.log(JSON.stringify({ failed: thrown instanceof Error ? thrown.message : String(thrown) }));
}
process.stdin.resume();
await once(process.stdin, 'end');
