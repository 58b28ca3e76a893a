import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationMs, type Duration, timestampFromMs, type Value } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  type MemoryEntrySchema,
  type MemoryPlace as PlaceMessage,
  MemoryScope,
  type MemoryService,
} from '@sluice/protocol/generated/sluice/agents/v1/memory_pb.js';
import { refuse } from '@sluice/core/kernel/result.ts';
import { MEMORY_LIMITS } from '@sluice/core/tasks/memory-limits.ts';
import type { MemoryReach } from '@sluice/core/tasks/memory-rules.ts';
import type { AgentMemory, MemoryEntry, MemoryPlace } from '../../memory/agent-memory.ts';
import { fenceIn } from './attempt-fence.ts';
import { refusalError, valueOf } from './call-error.ts';
import { jsonOfValue, valueOfJson } from './json-value.ts';

const REACH: Readonly<Partial<Record<MemoryScope, MemoryReach>>> = {
  [MemoryScope.SESSION]: 'session',
  [MemoryScope.AGENT]: 'agent',
  [MemoryScope.TENANT]: 'tenant',
};
const USUAL_PAGE = 100;
const USUAL_FOUND = 10;

/** What agents remember, for their workers. */
export const memoryService = (memory: AgentMemory): ServiceImpl<typeof MemoryService> => ({
  getMemory: async ({ place, key }) => {
    const entry = valueOf(await memory.get(placeIn(place), key));
    return entry === null ? {} : { entry: entryMessage(entry) };
  },
  putMemory: async ({ place, key, expectedVersion, ...said }) => {
    const expected = expectedVersion === undefined ? {} : { expectedVersion: Number(expectedVersion) };
    const { version } = valueOf(await memory.put(placeIn(place), key, { ...valueIn(said), ...expected }));
    return { version: BigInt(version) };
  },
  appendMemory: async ({ place, key, ...said }) => {
    const { version, lines } = valueOf(await memory.append(placeIn(place), key, valueIn(said)));
    return { version: BigInt(version), sequence: BigInt(lines) };
  },
  listMemory: async ({ place, prefix, after, limit }) => {
    const page = { prefix, after, limit: upTo(limit, USUAL_PAGE, MEMORY_LIMITS.page) };
    const { items, hasMore } = valueOf(await memory.list(placeIn(place), page));
    return { entries: items.map(entryMessage), hasMore };
  },
  readMemoryLines: async ({ place, key, after, limit }) => {
    const page = { key, after: Number(after), limit: upTo(limit, USUAL_PAGE, MEMORY_LIMITS.page) };
    const { items, hasMore } = valueOf(await memory.lines(placeIn(place), page));
    const lines = items.map(({ sequence, value, at }) => ({
      ...{ sequence: BigInt(sequence), value: valueOf(valueOfJson(value)), at: timestampFromMs(at) },
    }));
    return { lines, hasMore };
  },
  searchMemory: async ({ place, text, near, limit }) => {
    const search = { text, near, limit: upTo(limit, USUAL_FOUND, MEMORY_LIMITS.found) };
    const found = valueOf(await memory.search(placeIn(place), search));
    return {
      found: found.map(({ key, sequence, value, score }) => ({
        ...{ key, score, sequence: BigInt(sequence), value: valueOf(valueOfJson(value)) },
      })),
    };
  },
  deleteMemory: async ({ place, key, expectedVersion }) => {
    const how = expectedVersion === undefined ? {} : { expectedVersion: Number(expectedVersion) };
    return { wasThere: valueOf(await memory.forget(placeIn(place), key, how)) };
  },
});

function placeIn(place: PlaceMessage | undefined): MemoryPlace {
  const reach = REACH[place?.scope ?? MemoryScope.UNSPECIFIED];
  const fence = valueOf(fenceIn(place?.attempt));
  if (reach) return { fence, reach };
  throw refusalError(
    refuse(
      'invalid-scope',
      'The call does not say whose memory it is about.',
      'Send the scope of the session, the agent or the tenant.',
    ).refusal,
  );
}

const valueIn = ({
  value,
  timeToLive,
  embedding,
}: {
  readonly value?: Value | undefined;
  readonly timeToLive?: Duration | undefined;
  readonly embedding: readonly number[];
}) => ({
  value: valueOf(jsonOfValue(value)),
  embedding,
  ...(timeToLive && { timeToLiveMs: durationMs(timeToLive) }),
});

const upTo = (limit: number, usual: number, most: number): number =>
  limit === 0 ? usual : Math.min(limit, most);

function entryMessage(entry: MemoryEntry): MessageInitShape<typeof MemoryEntrySchema> {
  const { key, version, lines, value, expiresAt, updatedAt } = entry;
  return {
    ...{ key, version: BigInt(version), lines: BigInt(lines), updatedAt: timestampFromMs(updatedAt) },
    ...(lines === 0 && { value: valueOf(valueOfJson(value)) }),
    ...(expiresAt !== null && { expiresAt: timestampFromMs(expiresAt) }),
  };
}
