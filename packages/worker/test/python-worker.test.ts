import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { storedIdentities } from '@sluice/server/access/identities.ts';
import { storedGuard } from '@sluice/server/access/stored-guard.ts';
import { issueWorkerToken } from '@sluice/server/access/workers/issue-worker-token.ts';
import { type AgentServer, startAgentServer } from '@sluice/server/api/grpc/testing/agent-server.ts';
import { readTask } from '@sluice/server/store/tasks/change-tasks.ts';
import { setup, teardown } from '@sluice/server/store/testing/global-setup.ts';
import { withDatabase } from '@sluice/server/store/testing/with-database.ts';
import { findPythonWithGrpc, generatePython } from '@sluice/test-all/python-with-grpc.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PATIENCE = { timeout: 30_000, interval: 20 };
const QUEUE = trackId('words', 'local', 'counter');
const V1 = revisionId('counter-1');

const python = findPythonWithGrpc();
if (python === null)
  reportSkip(
    'the worker in Python: no Python here has grpcio and either grpcio-tools or protoc with grpc_python_plugin; SLUICE_TEST_PYTHON names one',
  );

// Where Python has no grpcio the reason is printed above.
describe.skipIf(python === null)('a worker in Python with plain grpcio', () => {
  // What was set up first is torn down last.
  beforeAll(setup);
  afterAll(teardown);
  const database = withDatabase();
  let generated: string;
  let server: AgentServer;
  let worker: ChildProcess;
  let port: number;

  beforeAll(async () => {
    generated = mkdtempSync(join(tmpdir(), 'sluice-python-'));
    assert(python !== null, 'there is a Python');
    const files = ['agents', 'memory', 'workers'].map((name) => `sluice/agents/v1/${name}.proto`);
    generatePython(python, { from: join(ROOT, 'packages/protocol/proto'), into: generated, files });
    const identities = storedIdentities(database.db, Date.now);
    const access = storedGuard({ db: database.db, identities, anonymous: [] });
    server = await startAgentServer({ db: database.db, queue: QUEUE, revisions: [V1], access });
    port = await freePort();
    worker = spawn(python.python, [join(ROOT, 'examples/python-worker/worker.py')], {
      env: {
        ...{ PYTHONPATH: generated, PATH: process.env['PATH'], PORT: String(port), HOST: '127.0.0.1' },
        ...{ SLUICE_WORKER_URL: server.url, SLUICE_TRACK: QUEUE, SLUICE_REVISION: V1 },
        SLUICE_TOKEN_FILE: join(generated, 'token'),
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  });
  afterAll(async () => {
    if (worker?.exitCode === null && worker.signalCode === null) {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    }
    await server?.stop();
    if (generated) rmSync(generated, { recursive: true, force: true });
  });

  it('is let in by its token, does tasks, is refused what it cannot do, and leaves when it is asked to', async () => {
    const at = Date.now();
    const wanted = { track: QUEUE, at, expiresAt: at + 3_600_000, createdBy: 'system' };
    const { text } = await issueWorkerToken(database.db, 'default', wanted);
    // It looks for a server already, and reads the file each time.
    writeFileSync(join(generated, 'token'), `${text}\n`);
    await vi.waitFor(() => expect(server.dispatcher.connected()).toHaveLength(1), PATIENCE);
    const inputs = [
      { text: 'one two three' },
      { text: '' },
      5,
      ...Array.from({ length: 20 }, () => ({ text: 'x' })),
    ];
    const taken = await server.desk.submit(
      'default',
      QUEUE,
      inputs.map((input) => ({ input })),
    );
    assert(taken.ok, 'they are taken');
    const ids = taken.value.map(({ id }) => id);
    await vi.waitFor(async () => {
      const states = await Promise.all(
        ids.map(async (id) => (await readTask(database.db, 'default', id))?.state),
      );
      expect(states).toEqual(inputs.map((input) => (input === 5 ? 'dead' : 'succeeded')));
    }, PATIENCE);
    const [three, none, odd] = await Promise.all(
      ids.slice(0, 3).map((id) => readTask(database.db, 'default', id)),
    );
    expect(three).toMatchObject({ result: { words: 3, longest: 'three' }, attempt: 1 });
    expect(none).toMatchObject({ result: { words: 0, longest: '' } });
    expect(odd).toMatchObject({
      failure: { failureClass: 'input', message: 'the input needs the field text, a string' },
    });
    await expect(isAccepted(port)).resolves.toBe(true);
    const exit = once(worker, 'exit');
    worker.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });
});

async function freePort(): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  return port;
}

async function isAccepted(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}
