/** What answers say of limits, by the names under which the document keeps it. */
const HEADERS = {
  RateLimitPolicy: header(
    'The limits that the request met: of each its name, the quota `q` and the window `w` in seconds in which it comes back as a whole (draft-ietf-httpapi-ratelimit-headers-10). Left out where nothing is counted.',
    '"reads";q=10000;w=10, "organisation-reads";q=40000;w=10',
  ),
  RateLimit: header(
    'What is left of each of these limits: `r` more requests now, and the seconds `t` until the whole quota is there again.',
    '"reads";r=9997;t=1, "organisation-reads";r=39912;t=1',
  ),
  RetryAfter: header('In how many seconds the request may be sent again; nothing of it was done.', '1'),
};

function header(description: string, example: string) {
  return { description, schema: { type: 'string' }, example };
}

const reference = (name: keyof typeof HEADERS) => ({ $ref: `#/components/headers/${name}` });
const LIMITS = { 'RateLimit-Policy': reference('RateLimitPolicy'), RateLimit: reference('RateLimit') };
const RETRY = { 'Retry-After': reference('RetryAfter') };

interface Reply {
  readonly headers?: object;
}

/** Says of every operation that may be refused for asking too much by which headers its answers tell of limits. */
export function documentLimits<Document extends object>(document: Document): Document {
  const { paths = {}, components } = document as { paths?: object; components?: object };
  const documented = Object.entries(paths).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations as object).map(([method, operation]) => [method, withHeaders(operation)]),
    ),
  ]);
  return {
    ...document,
    paths: Object.fromEntries(documented),
    components: { ...components, headers: HEADERS },
  };
}

function withHeaders(operation: unknown): unknown {
  const { responses } = Object(operation) as { responses?: Readonly<Record<string, Reply>> };
  if (!responses || !('429' in responses)) return operation;
  const told = Object.entries(responses).map(([status, reply]) => {
    const headers = { ...LIMITS, ...(status === '429' && RETRY), ...reply.headers };
    return [status, status.startsWith('2') || status === '429' ? { ...reply, headers } : reply];
  });
  return { ...Object(operation), responses: Object.fromEntries(told) };
}
