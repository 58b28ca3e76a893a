/**
 * Purpose: Jira on this machine: comments of issues by the REST API v3 of Jira Cloud and v2 of Data Center
 * (developer.atlassian.com, issue comments), and documents by the JSON schema of the Atlassian Document Format, version 1, narrowed to
 * the nodes and marks that comments of ours have.
 */
import { schemaFault } from './check-schema.ts';
import { type ProviderAnswer, startProviderServer } from './provider-server.ts';
import type { Provider } from './provider-subject.ts';

const mark = (type: string, attrs?: object) => ({
  type: 'object',
  additionalProperties: false,
  required: attrs ? ['type', 'attrs'] : ['type'],
  properties: { type: { const: type }, ...(attrs ? { attrs } : {}) },
});
const LINK = {
  type: 'object',
  additionalProperties: false,
  required: ['href'],
  properties: { href: { type: 'string', format: 'uri' } },
};
const TEXT = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'text'],
  properties: {
    type: { const: 'text' },
    text: { type: 'string', minLength: 1 },
    marks: { type: 'array', items: { oneOf: [mark('strong'), mark('code'), mark('link', LINK)] } },
  },
};
const BREAK = {
  type: 'object',
  additionalProperties: false,
  required: ['type'],
  properties: { type: { const: 'hardBreak' } },
};
const CLOUD_COMMENT = {
  type: 'object',
  additionalProperties: false,
  required: ['body'],
  properties: {
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['type', 'version', 'content'],
      properties: {
        type: { const: 'doc' },
        version: { const: 1 },
        content: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['type', 'content'],
            properties: {
              type: { const: 'paragraph' },
              content: { type: 'array', items: { oneOf: [TEXT, BREAK] } },
            },
          },
        },
      },
    },
  },
};
const SERVER_COMMENT = {
  type: 'object',
  additionalProperties: false,
  required: ['body'],
  properties: { body: { type: 'string', minLength: 1, maxLength: 32_767 } },
};
/** The most that a comment may hold, as text. */
const MOST_CHARACTERS = 32_767;

/** Jira on this machine. */
export interface JiraProvider extends Provider {
  /** Comments by the key of their issue. */
  readonly comments: ReadonlyMap<string, readonly string[]>;
}

/** For tests: starts a Jira with these issues for who gives this authorisation. */
export async function startJiraProvider({
  edition,
  authorization,
  issues,
}: {
  readonly edition: 'cloud' | 'data-center';
  readonly authorization: string;
  readonly issues: readonly string[];
}): Promise<JiraProvider> {
  const taken: string[] = [];
  const faults: string[] = [];
  const comments = new Map(issues.map((key): [string, { seen: string; body: unknown }[]] => [key, []]));
  const base = `/rest/api/${edition === 'cloud' ? 3 : 2}`;
  const write = (key: string, text: string): ProviderAnswer => {
    const comment = JSON.parse(text) as { body: unknown };
    const fault = schemaFault(edition === 'cloud' ? CLOUD_COMMENT : SERVER_COMMENT, comment);
    if (fault !== null) faults.push(fault);
    if (fault !== null) return { status: 400, json: { errorMessages: [], errors: { comment: fault } } };
    const seen = typeof comment.body === 'string' ? comment.body : adfText(comment.body as AdfNode);
    if (seen.length > MOST_CHARACTERS) faults.push(`${seen.length} characters`);
    comments.get(key)?.push({ seen, body: comment.body });
    taken.push(seen);
    return { status: 201, json: { id: `${10_000 + taken.length}` } };
  };
  const server = await startProviderServer(({ method, path, query, headers, body }) => {
    if (headers.authorization !== authorization)
      return { status: 401, json: { errorMessages: ['Client must be authenticated.'] } };
    if (method === 'GET' && path === `${base}/myself`) return { status: 200, json: { accountId: '5b10' } };
    const [, key = ''] = new RegExp(`^${base}/issue/([^/]+)/comment$`).exec(path) ?? [];
    const found = comments.get(key);
    if (!found)
      return {
        status: 404,
        json: { errorMessages: ['Issue does not exist or you do not have permission to see it.'] },
      };
    if (method === 'POST') return write(key, body);
    if (query.get('orderBy') !== '-created') faults.push('the oldest comments were asked for');
    const newest = found.toReversed().slice(0, Number(query.get('maxResults')));
    return { status: 200, json: { comments: newest.map((one) => ({ body: one.body })) } };
  });
  return {
    server,
    taken,
    faults,
    get comments() {
      return new Map([...comments].map(([key, found]) => [key, found.map(({ seen }) => seen)]));
    },
  };
}

interface AdfNode {
  readonly type: string;
  readonly text?: string;
  readonly content?: readonly AdfNode[];
  readonly marks?: readonly { readonly attrs?: { readonly href: string } }[];
}

function adfText({ type, text = '', content = [], marks = [] }: AdfNode): string {
  const href = marks.map(({ attrs }) => (attrs ? ` <${attrs.href}>` : '')).join('');
  if (type === 'text') return `${text}${href}`;
  if (type === 'hardBreak') return '\n';
  return content.map(adfText).join(type === 'doc' ? '\n\n' : '');
}
