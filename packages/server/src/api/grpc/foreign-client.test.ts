import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { startAgentServer } from './testing/agent-server.ts';
import { type PythonGrpc, pythonGrpc } from './testing/python-grpc.ts';

const run = promisify(execFile);
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const PROTOS = fileURLToPath(new URL('../../../../protocol/proto', import.meta.url));
const SCRIPT = fileURLToPath(new URL('testing/foreign-client.py', import.meta.url));
const database = withDatabase();

let python: PythonGrpc;
beforeAll(async () => {
  python = await pythonGrpc();
  if ('missing' in python) reportSkip(`gRPC from Python: ${python.missing}`);
}, 200_000);

describe('a client in Python that has only the protos', () => {
  it('works, has work done, and is refused in words', async (context) => {
    if ('missing' in python) return context.skip(python.missing);
    const server = await startAgentServer({ db: database.db, queue: QUEUE, revisions: [V1] });
    try {
      const call = [SCRIPT, new URL(server.url).host, PROTOS, QUEUE, V1];
      const { stdout } = await run('python3', call, { env: python.environment, timeout: 60_000 });
      expect(JSON.parse(stdout)).toEqual({
        ...{ worker: ['welcome', 'assign', 'settled'], first: 'taken', last: 'ended', result: 42 },
        unknown: { code: 'NOT_FOUND', details: expect.stringContaining('sluice agents registered') },
        stranger: { code: 'PERMISSION_DENIED', details: expect.stringContaining('evil.example') },
      });
    } finally {
      await server.stop();
    }
  });
});
