import { createHash, randomBytes } from 'node:crypto';
import { Code, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PayloadService } from '@sluice/protocol/generated/sluice/agents/v1/payloads_pb.js';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { PAYLOAD_LIMITS } from '@sluice/core/tasks/payload-reference.ts';
import {
  addChunk,
  deleteBrokenUploads,
  deleteOldUses,
  deleteUnusedPayloads,
  payloadBytes,
} from '../../store/payloads/payloads.ts';
import { deleteOldTasks } from '../../store/tasks/prune-tasks.ts';
import { rowCounts } from '../../store/testing/track-fixtures.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { storedPayloads } from '../../payloads/stored-payloads.ts';
import { newTaskId } from '../../tasks/task-id.ts';
import { type AgentServer, startAgentServer } from './testing/agent-server.ts';
import { GrpcWorker } from './testing/grpc-worker.ts';

const QUEUE = trackId('shop', 'production', 'agent');
const PATIENCE = { timeout: 15_000, interval: 20 };
const database = withDatabase();
const servers: AgentServer[] = [];
const workers: GrpcWorker[] = [];

const start = async (): Promise<AgentServer> => {
  const server = await startAgentServer({
    db: database.db,
    queue: QUEUE,
    revisions: [revisionId('agent-1')],
  });
  servers.push(server);
  return server;
};
const clientOf = (server: AgentServer) =>
  createClient(PayloadService, createGrpcTransport({ baseUrl: server.url }));
type Client = ReturnType<typeof clientOf>;

async function* partsOf(content: Uint8Array, size: number, header: object = {}) {
  yield { part: { case: 'header' as const, value: header } };
  for (let at = 0; at < content.length; at += size)
    yield { part: { case: 'chunk' as const, value: content.subarray(at, at + size) } };
}
const upload = (client: Client, content: Uint8Array, size = 100_000, header: object = {}) =>
  client.uploadPayload(partsOf(content, size, header));
const download = async (client: Client, payload: string) => {
  const chunks: Uint8Array[] = [];
  let mediaType = '';
  for await (const { part } of client.downloadPayload({ payload }))
    if (part.case === 'chunk') chunks.push(part.value);
    else if (part.case === 'description') ({ mediaType } = part.value);
  return { mediaType, content: Buffer.concat(chunks) };
};
const idOf = (content: Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

afterEach(async () => {
  for (const worker of workers.splice(0)) worker.die();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('a payload', () => {
  it('is named by its content, kept once, and read on any server, whatever the sizes of its pieces', async () => {
    const [near, far] = [await start(), await start()];
    const content = new Uint8Array(randomBytes(2 * PAYLOAD_LIMITS.chunkBytes + 7));
    const client = clientOf(near);
    for (const size of [1_000_000, 7_777, PAYLOAD_LIMITS.chunkBytes])
      expect(await upload(client, content, size, { mediaType: 'image/png' })).toMatchObject({
        ...{ payload: idOf(content), bytes: BigInt(content.length) },
      });
    const read = await download(clientOf(far), idOf(content));
    expect(read.mediaType).toBe('image/png');
    expect(read.content.equals(content)).toBe(true);
    expect(await rowCounts(database.db)).toMatchObject({ payloads: 1, payload_chunks: 3 });
    const empty = await upload(client, new Uint8Array());
    expect((await download(client, empty.payload)).content).toHaveLength(0);
  });

  it('is refused when it is too large, has no header, or an odd type; nothing of it is kept', async () => {
    const client = clientOf(await start());
    const huge = async function* huge() {
      yield { part: { case: 'header' as const, value: {} } };
      const chunk = new Uint8Array(1024 * 1024);
      for (let n = 0; n <= PAYLOAD_LIMITS.bytes / chunk.length; n++)
        yield { part: { case: 'chunk' as const, value: chunk } };
    };
    await expect(client.uploadPayload(huge())).rejects.toMatchObject({ code: Code.ResourceExhausted });
    const headless = async function* headless() {
      yield { part: { case: 'chunk' as const, value: new Uint8Array(1) } };
    };
    await expect(client.uploadPayload(headless())).rejects.toMatchObject({ code: Code.InvalidArgument });
    await expect(upload(client, new Uint8Array(1), 1, { mediaType: 'x\ny' })).rejects.toMatchObject({
      code: Code.InvalidArgument,
    });
    await expect(download(client, 'sha256:0')).rejects.toMatchObject({ code: Code.NotFound });
    expect(await rowCounts(database.db)).toMatchObject({ task_queues: 1 });
    expect(await rowCounts(database.db)).not.toHaveProperty('payload_chunks');
  });

  it('is kept as long as the task whose input it is, and then forgotten', async () => {
    const server = await start();
    const client = clientOf(server);
    const { payload } = await upload(client, Buffer.from('"large"'));
    const lost = await server.desk.submit('default', QUEUE, [
      { input: { $payload: idOf(Buffer.from('no')) } },
    ]);
    expect(lost).toMatchObject({ ok: false, refusal: { code: 'unknown-payload' } });
    await server.desk.submit('default', QUEUE, [{ input: { $payload: payload } }]);
    const worker = new GrpcWorker(server.url);
    workers.push(worker);
    worker.say({ case: 'hello', value: { worker: 'one', agentId: QUEUE, revision: 'agent-1' } });
    worker.say({ case: 'want', value: { more: 1 } });
    await vi.waitFor(() => expect(worker.assigned).toHaveLength(1), PATIENCE);
    const { taskId = '', attempt: nth = 0 } = worker.assigned[0] ?? {};
    const attempt = { worker: 'one', taskId, attempt: nth };
    const result = await upload(client, Buffer.from('"result"'), 10, { attempt });
    worker.say({ case: 'complete', value: { taskId, attempt: nth } });
    await vi.waitFor(() => expect(worker.heard.at(-1)?.case).toBe('settled'), PATIENCE);
    const late = upload(client, Buffer.from('"late"'), 10, { attempt });
    await expect(late).rejects.toMatchObject({ code: Code.FailedPrecondition });

    const old = { before: Date.now() + 60_000, limit: 10 };
    const prune = async () => [
      await deleteOldUses(database.db, old),
      await deleteUnusedPayloads(database.db, old),
    ];
    expect(await prune()).toEqual([0, 0]);
    expect((await download(client, result.payload)).content.toString()).toBe('"result"');
    expect(await deleteOldTasks(database.db, old)).toBe(1);
    expect(await prune()).toEqual([2, 2]);
    await expect(download(client, payload)).rejects.toMatchObject({ code: Code.NotFound });
    expect(await rowCounts(database.db)).not.toHaveProperty('payload_chunks');
  });

  const inParts = (usedBytes: () => Promise<number>) => ({
    payloads: storedPayloads(database.db, 'default', { newId: () => newTaskId(Date.now()), usedBytes }),
    as: { mediaType: 'text/plain', fence: null },
  });
  const piece = () => new Uint8Array(PAYLOAD_LIMITS.chunkBytes);

  it('that was uploaded in part is none, and goes with who sent it, or is swept away', async () => {
    const { payloads, as } = inParts(async () => 0);
    const broken = async function* broken() {
      yield piece();
      throw new TypeError('its sender has died');
    };
    await expect(payloads.keep(broken(), as)).rejects.toThrow('died');
    expect(await rowCounts(database.db)).not.toHaveProperty('payload_chunks');
    const upload = newTaskId(Date.now());
    await addChunk(database.db, 'default', { upload, place: 0, chunk: piece() });
    expect(await deleteBrokenUploads(database.db, { before: Date.now() - 60_000, limit: 10 })).toBe(0);
    expect(await deleteBrokenUploads(database.db, { before: Date.now() + 60_000, limit: 10 })).toBe(1);
  });

  it('counts from its first piece on, and one that began while there was room ends when there is none', async () => {
    let room = PAYLOAD_LIMITS.tenantBytes;
    const used = () => payloadBytes(database.db, 'default');
    const { payloads, as } = inParts(async () => PAYLOAD_LIMITS.tenantBytes - room + (await used()));
    const seen: number[] = [];
    const endless = async function* endless() {
      for (let n = 0; n < 10; n++) {
        yield piece();
        seen.push(await used());
        if (n === 3) room = 0;
      }
    };
    expect(await payloads.keep(endless(), as)).toMatchObject({ refusal: { code: 'limit-payloads' } });
    expect(Math.max(...seen)).toBeGreaterThanOrEqual(3 * PAYLOAD_LIMITS.chunkBytes);
    expect(await used()).toBe(0);
    expect(await rowCounts(database.db)).not.toHaveProperty('payload_chunks');
    expect(await inParts(used).payloads.keep([piece(), piece()] as never, as)).toMatchObject({ ok: true });
    expect(await used()).toBe(2 * PAYLOAD_LIMITS.chunkBytes);
  });
});
