import type { z } from 'zod';
import type { ApiReply } from './api-call.ts';

/** Which part of a list is wanted. */
export type PageWish = {
  readonly cursor?: string | undefined;
  /** 1 to 200; the server's default without. */
  readonly limit?: number | undefined;
};

/** An id of several parts, such as a track's, within a path. */
export const idInPath = (id: string): string => id.split('/').map(encodeURIComponent).join('/');

/** How operations are asked for, whatever carries them. */
export interface Asking {
  /** Reads what is at a path from the root. */
  readonly get: <Value>(schema: z.ZodType<Value>, path: string) => Promise<ApiReply<Value>>;
  /** Asks for something at a path below `/api/v1`. */
  readonly post: <Value>(
    schema: z.ZodType<Value>,
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ) => Promise<ApiReply<Value>>;
  /** Changes what is at a path from the root. */
  readonly change: <Value>(
    schema: z.ZodType<Value>,
    method: 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ) => Promise<ApiReply<Value>>;
  /** Writes down a query, with its question mark; what is undefined is left out. */
  readonly queryOf: (parameters: { readonly [name: string]: string | number | undefined }) => string;
}
