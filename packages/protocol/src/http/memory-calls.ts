import type { ApiReply } from './api-call.ts';
import type { Asking, PageWish } from './asking.ts';
import {
  type AppendMemory,
  type MemoryChangedView,
  type MemoryEntryView,
  type MemoryFoundView,
  type MemoryLineView,
  memoryChangedSchema,
  memoryEntrySchema,
  memoryForgottenSchema,
  memoryFoundSchema,
  memoryLinePageSchema,
  memoryPageSchema,
  type PutMemory,
  type SearchMemoryInput,
} from './memory.ts';
import type { PageView } from './pages.ts';
import { type TaskEventView, taskEventPageSchema } from './task-events.ts';

/** Whose memory is meant: of a session, of an agent, or without both of the tenant. */
export type MemoryPlaceWish = {
  readonly track?: string | undefined;
  readonly session?: string | undefined;
};

/** The operations on what agents remember, and on what they tell. */
export interface MemoryCalls {
  /** What is remembered, in the order of the keys. */
  memory(
    filter: MemoryPlaceWish & { readonly prefix?: string } & PageWish,
  ): Promise<ApiReply<PageView<MemoryEntryView>>>;
  memoryEntry(key: string, place: MemoryPlaceWish): Promise<ApiReply<MemoryEntryView>>;
  memoryLines(key: string, filter: MemoryPlaceWish & PageWish): Promise<ApiReply<PageView<MemoryLineView>>>;
  putMemory(key: string, place: MemoryPlaceWish, request: PutMemory): Promise<ApiReply<MemoryChangedView>>;
  appendMemory(
    key: string,
    place: MemoryPlaceWish,
    request: AppendMemory,
  ): Promise<ApiReply<MemoryChangedView>>;
  searchMemory(request: SearchMemoryInput): Promise<ApiReply<MemoryFoundView>>;
  deleteMemory(key: string, place: MemoryPlaceWish): Promise<ApiReply<{ wasThere: boolean }>>;
  /** What was told of a task after a sequence, or page by page. */
  taskEvents(
    id: string,
    from: { readonly after?: number | undefined } & PageWish,
  ): Promise<ApiReply<PageView<TaskEventView>>>;
}

/** The operations on what agents remember and tell, over whatever carries them. */
export const memoryCalls = ({ get, post, change, queryOf }: Asking): MemoryCalls => ({
  memory: (filter) => get(memoryPageSchema, `/api/v1/memory${queryOf({ ...filter })}`),
  memoryEntry: (key, place) => get(memoryEntrySchema, `${memoryPath(key)}${queryOf({ ...place })}`),
  memoryLines: (key, filter) =>
    get(memoryLinePageSchema, `${memoryPath(key)}/lines${queryOf({ ...filter })}`),
  putMemory: (key, place, body) =>
    change(memoryChangedSchema, 'PUT', `${memoryPath(key)}${queryOf({ ...place })}`, body),
  appendMemory: (key, place, body) =>
    post(memoryChangedSchema, `/memory/${encodeURIComponent(key)}/lines${queryOf({ ...place })}`, body),
  searchMemory: (body) => post(memoryFoundSchema, '/memory-search', body),
  deleteMemory: (key, place) =>
    change(memoryForgottenSchema, 'DELETE', `${memoryPath(key)}${queryOf({ ...place })}`),
  taskEvents: (id, from) =>
    get(taskEventPageSchema, `/api/v1/tasks/${encodeURIComponent(id)}/events${queryOf({ ...from })}`),
});

const memoryPath = (key: string): string => `/api/v1/memory/${encodeURIComponent(key)}`;
