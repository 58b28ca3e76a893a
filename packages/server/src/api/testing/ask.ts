import { problemSchema, type Problem } from '@sluice/protocol/http/views.ts';
import type { InjectOptions, LightMyRequestResponse as Response } from 'fastify';
import { expect } from 'vitest';
import type { TestApi } from './test-api.ts';

/** Sends a request without a socket, as a client on this machine would address it. */
export const ask = ({ app }: TestApi, options: InjectOptions | string): Promise<Response> => {
  const { headers, ...rest } = typeof options === 'string' ? { url: options } : options;
  return app.inject({ ...rest, headers: { host: '127.0.0.1:7070', ...headers } });
};

/** Reads the problem that a response must be. */
export function problemIn(response: Response): Problem {
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = problemSchema.parse(response.json());
  expect(problem.status).toBe(response.statusCode);
  return problem;
}
