import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampDate } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import {
  type AttemptFenceSchema,
  type MemoryEntry,
  MemoryScope,
  type MemoryService,
} from '@sluice/protocol/generated/sluice/agents/v1/memory_pb.js';
import { plainJson, wireJson } from './json-value.ts';
import { called } from './server-calls.ts';
import {
  type Memory,
  type Remembered,
  type RememberedKey,
  type RememberedLine,
  type RememberOptions,
  type TaskMemory,
  updated,
} from './task-memory.ts';

/** In whose name memory is used. */
export interface MemoryPorts {
  readonly client: Client<typeof MemoryService>;
  readonly attempt: MessageInitShape<typeof AttemptFenceSchema>;
  readonly signal: AbortSignal;
}

/** What a task remembers, kept by the server. */
export const serverMemory = (ports: MemoryPorts): TaskMemory => ({
  session: memoryOf(ports, MemoryScope.SESSION),
  agent: memoryOf(ports, MemoryScope.AGENT),
  tenant: memoryOf(ports, MemoryScope.TENANT),
});

function memoryOf({ client, attempt, signal }: MemoryPorts, scope: MemoryScope): Memory {
  const place = { scope, attempt };
  const get = async <Value>(key: string): Promise<Remembered<Value> | null> => {
    const { entry } = await called(signal, (options) => client.getMemory({ place, key }, options));
    return entry === undefined ? null : { value: plainJson(entry.value) as Value, version: entry.version };
  };
  const put: Memory['put'] = async (key, value, { expectedVersion, ...how } = {}) => {
    const expected = expectedVersion === undefined ? {} : { expectedVersion: BigInt(expectedVersion) };
    const request = { place, key, value: wireJson(value), ...expected, ...saidIn(how) };
    const { version } = await called(signal, (options) => client.putMemory(request, options));
    return version;
  };
  return {
    get,
    put,
    update: (key, change, options) => updated({ get, put }, key, change, options),
    append: async (key, value, how = {}) => {
      const request = { place, key, value: wireJson(value), ...saidIn(how) };
      // Said twice it would stand there twice.
      const { sequence } = await called(signal, (options) => client.appendMemory(request, options), 1);
      return Number(sequence);
    },
    lines: async <Value>(key: string, { after = 0, limit = 0 } = {}) => {
      const request = { place, key, after: BigInt(after), limit };
      const { lines } = await called(signal, (options) => client.readMemoryLines(request, options));
      return lines.map(
        ({ sequence, value, at }): RememberedLine<Value> => ({
          sequence: Number(sequence),
          value: plainJson(value) as Value,
          at: at === undefined ? new Date(0) : timestampDate(at),
        }),
      );
    },
    list: async ({ prefix = '', after = '', limit = 0 } = {}) => {
      const request = { place, prefix, after, limit };
      const { entries } = await called(signal, (options) => client.listMemory(request, options));
      return entries.map(keyOf);
    },
    search: async (what, { limit = 0 } = {}) => {
      const wanted = typeof what === 'string' ? { text: what } : { near: [...what.near] };
      const { found } = await called(signal, (options) =>
        client.searchMemory({ place, limit, ...wanted }, options),
      );
      return found.map(({ key, sequence, value, score }) => ({
        ...{ key, score, sequence: Number(sequence), value: plainJson(value) },
      }));
    },
    delete: async (key, { expectedVersion } = {}) => {
      const expected = expectedVersion === undefined ? {} : { expectedVersion: BigInt(expectedVersion) };
      const request = { place, key, ...expected };
      const { wasThere } = await called(signal, (options) => client.deleteMemory(request, options));
      return wasThere;
    },
  };
}

const saidIn = ({ forMs, embedding = [] }: RememberOptions) => ({
  embedding: [...embedding],
  ...(forMs !== undefined && { timeToLive: durationFromMs(forMs) }),
});

const keyOf = ({ key, version, value, lines, expiresAt, updatedAt }: MemoryEntry): RememberedKey => ({
  ...{ key, version, lines: Number(lines), value: plainJson(value) },
  expiresAt: expiresAt === undefined ? null : timestampDate(expiresAt),
  updatedAt: updatedAt === undefined ? new Date(0) : timestampDate(updatedAt),
});
