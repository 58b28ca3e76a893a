/** A server of tasks in a process of its own: what `startAgentServer` wires, which is what run-agents.ts wires. */
import { openDatabase } from '@sluice/server/store/database/open-database.ts';
import { startAgentServer } from '@sluice/server/api/grpc/testing/agent-server.ts';
import { migrate } from '@sluice/server/store/migrations/migrate.ts';
import { MEASURED } from '../measured.ts';

const LEASE_MS = 15_000;

async function main(databaseUrl: string): Promise<void> {
  const db = openDatabase(databaseUrl, { maxConnections: 10 });
  await migrate(db);
  const { queue, revision } = MEASURED;
  const server = await startAgentServer({
    ...{ db, queue, revisions: [revision], leaseMs: LEASE_MS, stallMs: 60_000 },
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.({ url: server.url });
}

await main(process.argv[2] ?? '');
