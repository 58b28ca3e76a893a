/** For tests: a server of its own process that makes the calls that its argument lists, as JSON, and is killed in them. */
import { openDatabase } from '../../store/database/open-database.ts';
import { type Declared, ToolServer } from './tool-server.ts';

const { url, declared, calls, leaseMs } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly url: string;
  readonly declared: Declared;
  readonly calls: readonly Parameters<ToolServer['call']>[0][];
  readonly leaseMs: number;
};

const server = new ToolServer(openDatabase(url), declared, { leaseMs });
await Promise.all(calls.map((call) => server.call(call)));
