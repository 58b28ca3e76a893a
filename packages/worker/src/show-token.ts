import { readFile } from 'node:fs/promises';
import type { Interceptor } from '@connectrpc/connect';

/**
 * Shows a token with each session and each call. It is read anew for each, because whoever put it there replaces it long
 * before it ends; while it cannot be read nothing is shown, and the server says what it wants.
 */
export const showToken =
  (file: string): Interceptor =>
  (next) =>
  async (request) => {
    const token = await readFile(file, 'utf8').then(
      // What `sluice token create` prints has the token alone on its first line.
      (text) => text.trim().split(/\s/)[0],
      () => undefined,
    );
    if (token) request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
