/**
 * Purpose: inputs and results that are too large for a task, kept in PostgreSQL in pieces.
 *
 * Owns the tables `payload*`. 1. A payload is named by its content and never changes; the same content is kept once. 2. It is
 * kept for as long as a task uses it, and a day longer. 3. No more than a piece of it is in memory at once. 4. What was
 * uploaded in part is no payload.
 */
import { createHash } from 'node:crypto';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { type AttemptHolder, leaseLost } from '@sluice/core/tasks/attempt-holder.ts';
import { PAYLOAD_ID, PAYLOAD_LIMITS } from '@sluice/core/tasks/payload-reference.ts';
import type { Database } from '../store/database/open-database.ts';
import {
  addChunk,
  dropUpload,
  findPayload,
  finishUpload,
  holdPayloads,
  type PayloadUse,
  readChunk,
} from '../store/payloads/payloads.ts';

/** A payload without its content. */
export interface PayloadDescription {
  /** `sha256:` and the digest of its content in hex. */
  readonly payload: string;
  readonly bytes: number;
  readonly mediaType: string;
}

/** A payload that can be read. */
export interface ReadablePayload extends PayloadDescription {
  read(): AsyncIterable<Uint8Array>;
}

/** What payloads are kept with. */
export interface StoredPayloadsPorts {
  /** What all payloads of the tenant have together, with those that are being uploaded, in bytes; may be some seconds old. */
  readonly usedBytes: () => Promise<number>;
  /** Names an upload: a UUID of version 7. */
  readonly newId: () => string;
}

/** Takes payloads and gives them back. */
export interface Payloads {
  /**
   * Takes content as it comes.
   * @param upload its media type, and the attempt whose result it is where a worker brings it
   */
  keep(
    content: AsyncIterable<Uint8Array>,
    upload: { readonly mediaType: string; readonly fence: AttemptHolder | null },
  ): Promise<Result<PayloadDescription>>;
  open(payload: string): Promise<Result<ReadablePayload>>;
}

const MEDIA_TYPE = /^[A-Za-z0-9][\w!#$&^.+-]*\/[A-Za-z0-9][\w!#$&^.+-]*(;[\x20-\x7e]*)?$/;

/** The payloads of a tenant. */
export function storedPayloads(
  db: Database,
  tenant: string,
  { usedBytes, newId }: StoredPayloadsPorts,
): Payloads {
  const keep: Payloads['keep'] = async (content, { mediaType, fence }) => {
    if (!MEDIA_TYPE.test(mediaType) || mediaType.length > PAYLOAD_LIMITS.mediaType)
      return refuse(
        'invalid-payload',
        `The payload was not taken: its media type is '${mediaType.slice(0, 80)}'.`,
        'Send one like application/json.',
      );
    if ((await usedBytes()) >= PAYLOAD_LIMITS.tenantBytes) return noRoom();
    const upload = newId();
    const digest = createHash('sha256');
    let [bytes, place] = [0, 0];
    const taken = async (): Promise<Result<null>> => {
      for await (const chunk of pieces(content)) {
        bytes += chunk.length;
        if (bytes > PAYLOAD_LIMITS.bytes) return tooLarge();
        // Again and again: many may have begun while there was room.
        if ((await usedBytes()) >= PAYLOAD_LIMITS.tenantBytes) return noRoom();
        digest.update(chunk);
        await addChunk(db, tenant, { upload, place: place++, chunk });
      }
      return ok(null);
    };
    let whole: Result<null> | undefined;
    try {
      whole = await taken();
    } finally {
      // Whoever broke off needs no room for it; where that cannot be written it is swept away later.
      if (!whole?.ok) await dropUpload(db, tenant, upload).catch(() => undefined);
    }
    if (!whole.ok) return whole;
    const id = `sha256:${digest.digest('hex')}`;
    const isKept = await finishUpload(db, tenant, { id, bytes, mediaType, upload }, fence);
    return isKept || fence === null ? ok({ payload: id, bytes, mediaType }) : leaseLost(fence);
  };

  return {
    keep,
    open: async (payload) => {
      const row = PAYLOAD_ID.test(payload) ? await findPayload(db, tenant, payload) : null;
      if (row === null) return unknownPayload(payload);
      const { id, bytes, mediaType, upload } = row;
      return ok({ payload: id, bytes, mediaType, read: () => contentOf(db, tenant, upload) });
    },
  };
}

/** Keeps payloads for tasks that are about to come in; refused when one of them is not there. */
export const payloadHolder =
  (db: Database) =>
  async (tenant: string, uses: readonly PayloadUse[]): Promise<Result<null>> => {
    const there = await holdPayloads(db, tenant, uses);
    const missing = uses.find(({ payload }) => !there.has(payload));
    return missing ? unknownPayload(missing.payload) : ok(null);
  };

async function* contentOf(db: Database, tenant: string, upload: string): AsyncGenerator<Uint8Array> {
  for (let place = 0; ; place++) {
    const chunk = await readChunk(db, tenant, { upload, place });
    if (chunk === null) return;
    yield chunk;
  }
}

/** The same bytes in pieces of one size, but the last. */
async function* pieces(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const part of content) {
    waiting.push(part);
    size += part.length;
    if (size < PAYLOAD_LIMITS.chunkBytes) continue;
    const whole = Buffer.concat(waiting);
    const end = size - (size % PAYLOAD_LIMITS.chunkBytes);
    for (let at = 0; at < end; at += PAYLOAD_LIMITS.chunkBytes)
      yield whole.subarray(at, at + PAYLOAD_LIMITS.chunkBytes);
    waiting = [whole.subarray(end)];
    size -= end;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

const tooLarge = () =>
  refuse(
    'limit-payload',
    `The payload was not taken: it has more than ${PAYLOAD_LIMITS.bytes} bytes.`,
    'Keep it in a store of files that the worker can reach, and send its address.',
  );

const noRoom = () =>
  refuse(
    'limit-payloads',
    `The payload was not taken: all together have ${PAYLOAD_LIMITS.tenantBytes} bytes already, which are the most.`,
    'They are kept as long as their tasks; wait, or keep large ones in a store of files.',
  );

const unknownPayload = (payload: string) =>
  refuse(
    'unknown-payload',
    `There is no payload '${payload.slice(0, 80)}'.`,
    'Upload it again; what no task uses is forgotten after a day.',
  );
