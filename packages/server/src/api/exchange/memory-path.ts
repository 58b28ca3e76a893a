import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { memoryKeySchema, memoryScopeShape } from '@sluice/protocol/http/memory.ts';
import { z } from 'zod';
import type { MemoryPlace } from '../../memory/agent-memory.ts';

/** Where the memory of agents lies. */
export const MEMORY_PATH = '/api/v1/memory';
/** Where one key lies. */
export const MEMORY_KEY_PATH = `${MEMORY_PATH}/:key`;
/** The parameters of `MEMORY_KEY_PATH`. */
export const memoryPathSchema = z.strictObject({ key: memoryKeySchema });
/** Whose memory is meant, in a query. */
export const memoryQuerySchema = z.strictObject(memoryScopeShape);

/** Whose memory a request means. */
export function memoryPlaceOf({
  track,
  session,
}: {
  readonly track?: string | undefined;
  readonly session?: string | undefined;
}): Result<MemoryPlace> {
  if (session !== undefined && track === undefined)
    return refuse(
      'invalid-scope',
      'A session belongs to an agent, and the request names none.',
      'Send `track` as well.',
    );
  return ok({ scope: { queue: track ?? '', session: session ?? '' } });
}
