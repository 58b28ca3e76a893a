/**
 * Purpose: GitLab on this machine: deployments and commit statuses of projects, by docs.gitlab.com (REST API v4, deployments and commits:
 * "Set commit pipeline status"), with its refusal to move a status that is at its end.
 */
import { schemaFault } from './check-schema.ts';
import { type ProviderAnswer, type ReceivedRequest, startProviderServer } from './provider-server.ts';
import type { Provider } from './provider-subject.ts';

const body = (required: readonly string[], properties: object) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const STATUS = { enum: ['running', 'success', 'failed', 'canceled'] };
const CREATE = body(['environment', 'sha', 'ref', 'tag', 'status'], {
  environment: { type: 'string', minLength: 1, maxLength: 255 },
  sha: { type: 'string', pattern: '^[0-9a-f]{40}$' },
  ref: { type: 'string', minLength: 1 },
  tag: { type: 'boolean' },
  status: STATUS,
});
const UPDATE = body(['status'], { status: STATUS });
const COMMIT_STATUS = body(['state'], {
  state: { enum: ['pending', 'running', 'success', 'failed', 'canceled', 'skipped'] },
  ref: { type: 'string' },
  name: { type: 'string', minLength: 1, maxLength: 255 },
  target_url: { type: 'string', format: 'uri', maxLength: 255 },
  description: { type: 'string', maxLength: 255 },
  coverage: { type: 'number' },
});

interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly environment: string;
  status: string;
}

/** GitLab on this machine. */
export interface GitlabProvider extends Provider {
  readonly deployments: readonly Deployment[];
  /** What a commit status is now, by commit and name. */
  readonly statuses: ReadonlyMap<string, string>;
}

/** What GitLab keeps, and what was wrong. */
interface Kept {
  readonly commits: readonly string[];
  readonly taken: string[];
  readonly faults: string[];
  readonly deployments: Deployment[];
  readonly statuses: Map<string, string>;
}

type Said = Readonly<Record<string, string>>;
type Route = readonly [string, RegExp, (request: ReceivedRequest, part: string) => ProviderAnswer];

/** For tests: starts a GitLab with the project `acme/shop` for who has this token, which knows these commits alone. */
export async function startGitlabProvider(
  token: string,
  commits: readonly string[],
): Promise<GitlabProvider> {
  const kept: Kept = { commits, taken: [], faults: [], deployments: [], statuses: new Map() };
  const routes = [...deploymentRoutes(kept), ...statusRoutes(kept)];
  const server = await startProviderServer((request) => {
    const { method, path, headers } = request;
    if (headers['private-token'] !== token) return { status: 401, json: { message: '401 Unauthorized' } };
    if (path === '/api/v4/user') return { status: 200, json: { id: 1, username: 'project_1_bot' } };
    const inside = /^\/api\/v4\/projects\/acme%2Fshop\/(.+)$/.exec(path)?.[1] ?? '';
    for (const [verb, pattern, answer] of routes) {
      const found = verb === method ? pattern.exec(inside) : null;
      if (found) return answer(request, found[1] ?? '');
    }
    return { status: 404, json: { message: '404 Project Not Found' } };
  });
  return { server, ...kept };
}

/** What stands in a body, when it is by the schema. */
function read(kept: Kept, { body: text }: ReceivedRequest, schema: object): Said | null {
  const value = JSON.parse(text) as Said;
  const fault = schemaFault(schema, value);
  if (fault !== null) kept.faults.push(fault);
  return fault === null ? value : null;
}

const cannotMove = (from: string, to: string): ProviderAnswer => ({
  status: 400,
  json: { message: { status: [`Cannot transition status via :${to} from :${from}`] } },
});

function deploymentRoutes(kept: Kept): readonly Route[] {
  const list: Route[2] = ({ query }) => {
    const isWanted = ({ environment, status }: Deployment) =>
      environment === query.get('environment') && status === query.get('status');
    return { status: 200, json: kept.deployments.filter(isWanted).toReversed() };
  };
  const create: Route[2] = (request) => {
    const { sha = '', environment = '', status = '' } = read(kept, request, CREATE) ?? {};
    if (!kept.commits.includes(sha)) return { status: 400, json: { message: 'sha is invalid' } };
    const made = { id: kept.deployments.length + 1, sha, environment, status };
    kept.deployments.push(made);
    kept.taken.push(`deployment to ${environment}: ${status}`);
    return { status: 201, json: made };
  };
  const update: Route[2] = (request, id) => {
    const { status: to = '' } = read(kept, request, UPDATE) ?? {};
    const known = kept.deployments.find((one) => String(one.id) === id);
    if (!known) return { status: 404, json: { message: '404 Not found' } };
    if (known.status !== 'running' || to === 'running') return cannotMove(known.status, to);
    known.status = to;
    kept.taken.push(`deployment to ${known.environment}: ${to}`);
    return { status: 200, json: known };
  };
  return [
    ['GET', /^deployments$/, list],
    ['POST', /^deployments$/, create],
    ['PUT', /^deployments\/(\d+)$/, update],
  ];
}

function statusRoutes(kept: Kept): readonly Route[] {
  const set: Route[2] = (request, sha) => {
    const said = read(kept, request, COMMIT_STATUS);
    if (!said || !kept.commits.includes(sha))
      return { status: 404, json: { message: '404 Commit Not Found' } };
    const { name = '', state: to = '', description, target_url: url = '' } = said;
    const from = kept.statuses.get(`${sha} ${name}`) ?? 'created';
    if (from === to) return cannotMove(from, to);
    kept.statuses.set(`${sha} ${name}`, to);
    kept.taken.push(`commit ${sha.slice(0, 7)}, ${name}: ${to}\n${description}\n${url}`);
    return { status: 201, json: { id: kept.taken.length, status: to } };
  };
  return [['POST', /^statuses\/([0-9a-f]{40})$/, set]];
}
