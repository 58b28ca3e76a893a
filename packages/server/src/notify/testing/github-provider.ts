/**
 * Purpose: GitHub on this machine: deployments and their statuses, commit statuses and check runs, by github/rest-api-description
 * (api.github.com, version 2022-11-28: request bodies of these operations) and docs.github.com ("Rate limits for the REST API").
 */
import { schemaFault } from './check-schema.ts';
import { type ProviderAnswer, type ReceivedRequest, startProviderServer } from './provider-server.ts';
import type { Provider } from './provider-subject.ts';

const URI = { type: 'string', format: 'uri' };
const DESCRIPTION = { type: 'string', maxLength: 140 };
const body = (required: readonly string[], properties: object) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const DEPLOYMENT = body(['ref'], {
  ref: { type: 'string', minLength: 1 },
  task: { type: 'string' },
  auto_merge: { type: 'boolean' },
  required_contexts: { type: 'array', items: { type: 'string' } },
  payload: { type: ['object', 'string'] },
  environment: { type: 'string', minLength: 1, maxLength: 255 },
  description: DESCRIPTION,
  transient_environment: { type: 'boolean' },
  production_environment: { type: 'boolean' },
});
const DEPLOYMENT_STATUS = body(['state'], {
  state: { enum: ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'] },
  log_url: URI,
  environment_url: URI,
  description: DESCRIPTION,
  auto_inactive: { type: 'boolean' },
});
const COMMIT_STATUS = body(['state'], {
  state: { enum: ['error', 'failure', 'pending', 'success'] },
  target_url: URI,
  description: DESCRIPTION,
  context: { type: 'string', minLength: 1, maxLength: 255 },
});
const CHECK = {
  status: { enum: ['queued', 'in_progress', 'completed'] },
  conclusion: {
    enum: ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out'],
  },
  external_id: { type: 'string' },
  details_url: URI,
  output: body(['title', 'summary'], {
    title: { type: 'string', minLength: 1 },
    summary: { type: 'string', maxLength: 65_535 },
  }),
};
const CREATE_CHECK = body(['name', 'head_sha'], {
  ...CHECK,
  name: { type: 'string', minLength: 1 },
  head_sha: { type: 'string' },
});
const UPDATE_CHECK = body([], CHECK);

interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly environment: string;
  readonly task: string;
  readonly payload: unknown;
}

interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly external_id: string;
}

/** GitHub on this machine. */
export interface GithubProvider extends Provider {
  readonly deployments: readonly Deployment[];
  readonly checks: readonly CheckRun[];
}

/** What GitHub keeps, and what was wrong. */
interface Kept {
  readonly commits: readonly string[];
  readonly taken: string[];
  readonly faults: string[];
  readonly deployments: Deployment[];
  readonly checks: CheckRun[];
}

/** A body that is by its schema; the fields that are read are texts. */
type Said = Readonly<Record<string, string>>;
type Route = readonly [string, RegExp, (request: ReceivedRequest, part: string) => ProviderAnswer];

/** For tests: starts a GitHub with the repository `acme/shop` for who has this token, which knows these commits alone. */
export async function startGithubProvider(
  token: string,
  commits: readonly string[],
): Promise<GithubProvider> {
  const kept: Kept = { commits, taken: [], faults: [], deployments: [], checks: [] };
  const routes = [...deploymentRoutes(kept), ...statusRoutes(kept), ...checkRoutes(kept)];
  const server = await startProviderServer((request) => {
    const { method, path, headers } = request;
    if (headers.authorization !== `token ${token}`)
      return { status: 401, json: { message: 'Bad credentials' } };
    if (headers['x-github-api-version'] !== '2022-11-28') kept.faults.push('the version of the API');
    if (!headers['user-agent']) kept.faults.push('no user agent');
    if (path === '/rate_limit') return { status: 200, json: { resources: {} } };
    const inside = /^\/repos\/acme\/shop\/(.+)$/.exec(path)?.[1] ?? '';
    for (const [verb, pattern, answer] of routes) {
      const found = verb === method ? pattern.exec(inside) : null;
      if (found) return answer(request, found[1] ?? '');
    }
    return NOT_FOUND;
  });
  return { server, ...kept };
}

const INVALID: ProviderAnswer = { status: 422, json: { message: 'Validation Failed' } };
const NOT_FOUND: ProviderAnswer = { status: 404, json: { message: 'Not Found' } };

/** What stands in a body, when it is by the schema. */
function read(kept: Kept, { body: text }: ReceivedRequest, schema: object): Said | null {
  const value = JSON.parse(text) as Said;
  const fault = schemaFault(schema, value);
  if (fault !== null) kept.faults.push(fault);
  return fault === null ? value : null;
}

function deploymentRoutes(kept: Kept): readonly Route[] {
  const list: Route[2] = ({ query }) => {
    const wanted = (['sha', 'environment', 'task'] as const).map((name) => [name, query.get(name)] as const);
    const isWanted = (one: Deployment) =>
      wanted.every(([name, value]) => value === null || one[name] === value);
    return { status: 200, json: kept.deployments.filter(isWanted) };
  };
  const create: Route[2] = (request) => {
    const wish = read(kept, request, DEPLOYMENT);
    if (!wish) return INVALID;
    const { ref = '', environment = '', task = '', payload } = wish;
    if (!kept.commits.includes(ref)) return { status: 422, json: { message: 'No ref found' } };
    const made = { id: kept.deployments.length + 1, sha: ref, environment, task, payload };
    kept.deployments.push(made);
    return { status: 201, json: made };
  };
  const tell: Route[2] = (request, id) => {
    const said = read(kept, request, DEPLOYMENT_STATUS);
    const known = kept.deployments.find((one) => String(one.id) === id);
    if (!said || !known) return known ? INVALID : NOT_FOUND;
    const { state, description, log_url: url = '' } = said;
    kept.taken.push(`deployment ${id} to ${known.environment}: ${state}\n${description}\n${url}`);
    return { status: 201, json: { id: kept.taken.length } };
  };
  return [
    ['GET', /^deployments$/, list],
    ['POST', /^deployments$/, create],
    ['POST', /^deployments\/(\d+)\/statuses$/, tell],
  ];
}

function statusRoutes(kept: Kept): readonly Route[] {
  const set: Route[2] = (request, sha) => {
    const said = read(kept, request, COMMIT_STATUS);
    if (!said || !kept.commits.includes(sha)) return INVALID;
    const { state, context, description, target_url: url = '' } = said;
    kept.taken.push(`commit ${sha.slice(0, 7)}, ${context}: ${state}\n${description}\n${url}`);
    return { status: 201, json: { id: kept.taken.length } };
  };
  return [['POST', /^statuses\/([0-9a-f]{40})$/, set]];
}

function checkRoutes(kept: Kept): readonly Route[] {
  const list: Route[2] = ({ query }) => {
    const found = kept.checks.filter(({ name }) => name === query.get('check_name'));
    return { status: 200, json: { total_count: found.length, check_runs: found } };
  };
  const create: Route[2] = (request) => {
    const said = read(kept, request, CREATE_CHECK);
    if (!said || !kept.commits.includes(said['head_sha'] ?? '')) return INVALID;
    const { name = '', external_id = '' } = said;
    const made = { id: kept.checks.length + 1, name, external_id };
    kept.checks.push(made);
    kept.taken.push(seenCheck(name, said));
    return { status: 201, json: made };
  };
  const update: Route[2] = (request, id) => {
    const said = read(kept, request, UPDATE_CHECK);
    const known = kept.checks.find((one) => String(one.id) === id);
    if (!said || !known) return known ? INVALID : NOT_FOUND;
    kept.taken.push(seenCheck(known.name, said));
    return { status: 200, json: known };
  };
  return [
    ['GET', /^commits\/([0-9a-f]{40})\/check-runs$/, list],
    ['POST', /^check-runs$/, create],
    ['PATCH', /^check-runs\/(\d+)$/, update],
  ];
}

function seenCheck(name: string, said: Said): string {
  const { title, summary } = said['output'] as unknown as { title: string; summary: string };
  const { conclusion, status, details_url: url = '' } = said;
  return `check ${name}: ${conclusion ?? status}\n${title}\n${summary}\n${url}`;
}
