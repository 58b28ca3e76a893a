import { expect, test } from 'vitest';
import { apiDocuments } from './api-documents.ts';

async function openApi() {
  const [document] = apiDocuments();
  expect(document?.path).toBe('docs/reference/openapi.json');
  return { first: await document?.produce(), second: await document?.produce() };
}

test('the document is OpenAPI 3.1, and the same sources give the same text', async () => {
  const { first = '', second } = await openApi();
  expect(second).toBe(first);
  expect(JSON.parse(first)).toMatchObject({ openapi: '3.1.0', info: { title: 'Sluice' } });
});

test('every operation has a name, a summary and a tag, and every reply says what it means', async () => {
  const { first = '' } = await openApi();
  const { paths } = JSON.parse(first) as { paths: Record<string, Record<string, Operation>> };
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  expect(operations.length).toBeGreaterThanOrEqual(20);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { summary, tags, responses } of operations) {
    expect(summary.length).toBeGreaterThan(10);
    expect(tags).toHaveLength(1);
    for (const { description } of Object.values(responses)) expect(description).not.toMatch(/Default/);
  }
});

test('every operation under /api says how limits are told of, and that it may be refused for them', async () => {
  const { first = '' } = await openApi();
  const { paths, components } = JSON.parse(first) as {
    paths: Record<string, Record<string, Operation>>;
    components: { headers: object };
  };
  const known = Object.keys(components.headers);
  expect(known).toEqual(['RateLimitPolicy', 'RateLimit', 'RetryAfter']);
  for (const [path, methods] of Object.entries(paths)) {
    if (!path.startsWith('/api/')) continue;
    for (const { operationId, responses } of Object.values(methods)) {
      const told = Object.entries(responses).filter(([status]) => /^2|429/.test(status));
      expect(Object.keys(responses), operationId).toContain('429');
      for (const [, { headers }] of told)
        expect(Object.keys(headers ?? {}), operationId).toEqual(
          expect.arrayContaining(['RateLimit-Policy', 'RateLimit']),
        );
    }
  }
});

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly headers?: object }>>;
}
