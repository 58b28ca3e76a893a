import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Code, ConnectError, createClient, type ConnectRouter } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from '@sluice/protocol/generated/grpc/health/v1/health_pb.js';
import { AgentService } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../telemetry/log.ts';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { WorkerService } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { workerSubject } from '@sluice/core/access/caller.ts';
import { ROLES } from '@sluice/core/access/roles.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { everybodyMay } from './testing/everybody-may.ts';
import { doorPath, openWorkerDoor, type WorkerDoor, type WorkerDoorParts } from './worker-door.ts';
import { openWorkerDoors } from './worker-doors.ts';

const log = createLog({ level: 'fatal', destination: { write: () => undefined } });
const TRACK = trackId('shop', 'production', 'triage');
const calls = (router: ConnectRouter): void => {
  router.service(AgentService, { getAgent: () => ({}) });
  router.service(WorkerService, {
    work: async function* (requests) {
      for await (const { message } of requests)
        if (message.case === 'hello') yield { message: { case: 'welcome', value: {} } };
    },
  });
  router.service(Health, { check: () => ({ status: Status.SERVING }) });
};
/** Workers as the store knows them, all in one project. */
const parts: WorkerDoorParts = {
  ...{ calls, log, metrics: createMetrics({ processMetrics: false }) },
  access: everybodyMay(),
  workerOf: async (track) => ({
    ...{ tenant: 'default', subject: workerSubject(track), name: track, groups: [], track },
    grants: [{ role: 'worker', permissions: ROLES.worker, project: 'default', environment: 'production' }],
  }),
};

let directory: string;
let door: WorkerDoor | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-door-'));
  door = undefined;
});
afterEach(async () => {
  await door?.close();
  await rm(directory, { recursive: true, force: true });
});

const transportTo = (path: string) =>
  createGrpcTransport({
    baseUrl: 'http://localhost',
    nodeOptions: { createConnection: () => connect(path) },
  });

test('what workers need is served at the socket, and nothing by which the control plane takes orders', async () => {
  door = await openWorkerDoor(parts, directory, TRACK);
  const transport = transportTo(door.path);
  expect(await createClient(Health, transport).check({})).toMatchObject({ status: Status.SERVING });
  const asked = createClient(AgentService, transport).getAgent({ id: 'a/b/c' });
  await expect(asked).rejects.toSatisfy((error) => ConnectError.from(error).code === Code.Unimplemented);
  expect(await statusOf(door.path, '/api/v1/tracks')).toBe(404);
});

test('only its own user gets to the socket, and the folder that sandboxes see holds nothing else', async () => {
  door = await openWorkerDoor(parts, directory, TRACK);
  expect((await stat(door.path)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(door.path))).mode & 0o777).toBe(0o700);
});

test('a socket that a server left behind which was killed is taken over', async () => {
  const path = doorPath(directory, TRACK);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, '');
  door = await openWorkerDoor(parts, directory, TRACK);
  expect(await createClient(Health, transportTo(door.path)).check({})).toMatchObject({
    status: Status.SERVING,
  });
});

test('a directory whose path is too long for a socket has it elsewhere, for its user alone', async () => {
  const deep = join(directory, 'x'.repeat(60), 'y'.repeat(60));
  await mkdir(deep, { recursive: true });
  door = await openWorkerDoor(parts, deep, TRACK);
  expect(Buffer.byteLength(door.path)).toBeLessThanOrEqual(107);
  expect(await createClient(Health, transportTo(door.path)).check({})).toMatchObject({
    status: Status.SERVING,
  });
  await door.close();
  await rm(dirname(door.path), { recursive: true, force: true });
});

test('a folder that others may write to is not used', async () => {
  const folder = dirname(doorPath(directory, TRACK));
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o777);
  await expect(openWorkerDoor(parts, directory, TRACK)).rejects.toMatchObject({ code: 'conflict' });
});

test('whoever comes there is a worker of that track, and of no other', async () => {
  door = await openWorkerDoor(parts, directory, TRACK);
  const client = createClient(WorkerService, transportTo(door.path));
  const comeAs = async (agentId: string): Promise<string | undefined> => {
    async function* requests() {
      yield { message: { case: 'hello' as const, value: { agentId, worker: 'w' } } };
    }
    for await (const { message } of client.work(requests())) return message.case;
    return undefined;
  };
  expect(await comeAs(TRACK)).toBe('welcome');
  await expect(comeAs('shop/production/billing')).rejects.toMatchObject({
    code: Code.PermissionDenied,
    message: expect.stringContaining('A worker of shop/production/triage serves that agent alone'),
  });
});

test('doors that there were before are open again after a start, and no others', async () => {
  const other = trackId('shop', 'production', 'other');
  const before = await openWorkerDoors(parts, directory, []);
  const path = await before.open(TRACK);
  expect(await before.open(TRACK)).toBe(path);
  await before.close();
  const after = await openWorkerDoors(parts, directory, [TRACK, other]);
  expect(await createClient(Health, transportTo(path)).check({})).toMatchObject({ status: Status.SERVING });
  await expect(stat(doorPath(directory, other))).rejects.toMatchObject({ code: 'ENOENT' });
  await after.close();
});

const statusOf = (socketPath: string, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const asking = request({ socketPath, path, headers: { host: 'localhost' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.on('error', reject);
    asking.end();
  });
