import { z } from 'zod';
import { agentsLanguage } from './agents-language.ts';
import { DEFAULTS } from './defaults.ts';
import {
  anyText,
  choice,
  definition,
  freeText,
  list,
  named,
  oneOf,
  optional,
  record,
  required,
  textLeaf,
  whole,
} from './leaf.ts';
import { MAX_INSTANCES } from '@sluice/core/kernel/limits.ts';
import { containerKeys, imageKey, manifestsKey, portKey } from './kubernetes/container-language.ts';
import { objectName, plainKey } from './kubernetes/kubernetes-forms.ts';
import { keptSecretKeys } from './kept-secret-language.ts';
import { kubernetesLanguage } from './kubernetes/kubernetes-language.ts';
import { cookieName, headerName, name, urlPath, variableName } from './names.ts';
import { bytes, cpu, duration } from './quantities.ts';
import { strategyLanguage } from './strategy-language.ts';
import { targetLanguage } from './target-language.ts';

const hostName = () =>
  textLeaf({
    expects: 'a host name without a port, such as shop.example.com',
    pattern:
      /^(?=.{1,253}$)[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*$/,
    parse: (text) => text.toLowerCase(),
  });

const routeText = () =>
  textLeaf({
    expects: 'a path such as /api, a host such as shop.example.com, or both',
    pattern: /^[A-Za-z0-9./-][!-~]{0,1276}$/,
    parse: parseRoute,
  });

/** Reads `shop.example.com/api` as the host `shop.example.com` and the path `/api`. */
function parseRoute(text: string): { host?: string; path: string } | undefined {
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const path = slash < 0 ? '/' : text.slice(slash);
  if (!urlPath().safeParse(path).success) return undefined;
  if (host === '') return { path };
  const read = hostName().safeParse(host);
  return read.success ? { host: read.data, path } : undefined;
}

const route = definition(
  'route',
  'Which requests belong to a component. As a text: a path, a host, or a host with a path.',
  z.union([
    routeText(),
    record(
      {
        host: optional(hostName(), {
          meaning: 'Host name of the requests; any host when it is left away.',
          example: 'shop.example.com',
        }),
        path: optional(urlPath(), {
          meaning: 'Start of the path of the requests, on a "/" border.',
          default: '/',
          example: '/api',
        }),
      },
      { notEmpty: true },
    ),
  ]),
);

const health = definition(
  'health',
  'When an instance is ready. As a text: the path that answers 2xx.',
  z.union([
    urlPath(),
    record({
      path: optional(urlPath(), {
        meaning: 'Answers 2xx when the instance is ready. Left away: the port accepts connections.',
        example: '/healthz',
      }),
      within: optional(duration('1s', '1h'), {
        meaning: 'How long an instance may take from its start until it is ready.',
        default: DEFAULTS.health.within,
      }),
      interval: optional(duration('100ms', '10m'), {
        meaning: 'Time between two probes.',
        default: DEFAULTS.health.interval,
      }),
      timeout: optional(duration('100ms', '5m'), {
        meaning: 'How long one probe may take.',
        default: DEFAULTS.health.timeout,
      }),
      failures: optional(whole(1, 100), {
        meaning: 'Failed probes in a row after which an instance is not ready any more.',
        default: DEFAULTS.health.failures,
      }),
    }),
  ]),
);

const secretKey = definition(
  'secret-key',
  'A key of a Secret.',
  record({
    secret: required(objectName('a Secret', 'shop-database'), {
      meaning: 'A Secret that exists in the namespace.',
      example: 'shop-database',
    }),
    key: required(plainKey('a key of a Secret', 'url'), { meaning: 'Its key.', example: 'url' }),
  }),
);

const secret = definition(
  'secret',
  'Where a value is kept; one of the five.',
  oneOf({
    file: optional(freeText('the path of a file'), {
      meaning: 'File that holds the value; relative to sluice.yaml.',
      example: 'secrets/database-url',
    }),
    environment: optional(variableName(), {
      meaning: 'Environment variable of the host process that holds the value.',
      example: 'DATABASE_URL',
    }),
    ...keptSecretKeys(),
    kubernetes: optional(secretKey, {
      meaning: 'Key of a Secret of the namespace, which the container reads itself; on Kubernetes only.',
      example: { secret: 'shop-database', key: 'url' },
    }),
  }),
);

const address = (meaning: string, example: string) =>
  optional(freeText(`an address, or the name of a variable or secret that holds one, such as ${example}`), {
    meaning,
    example,
  });

const need = definition(
  'need',
  'Something outside that must be reachable before anything is started; one of the four kinds.',
  oneOf(
    {
      postgres: address(
        'A PostgreSQL that accepts a login: a URL, or the variable or secret that holds one.',
        'DATABASE_URL',
      ),
      redis: address(
        'A Redis that answers PING: a URL, or the variable or secret that holds one.',
        'REDIS_URL',
      ),
      http: address(
        'A URL that answers below 500, or the variable or secret that holds one.',
        'https://api.example.com/status',
      ),
      tcp: address(
        'A port that accepts connections: host:port, or the variable or secret that holds it.',
        'mail.example.com:25',
      ),
      timeout: optional(duration('100ms', '5m'), {
        meaning: 'How long the answer may take.',
        default: DEFAULTS.needTimeout,
      }),
    },
    { keys: ['postgres', 'redis', 'http', 'tcp'] },
  ),
);

const user = definition(
  'user',
  'What names the user of a request: a header, a cookie, or the word address for the address of the client.',
  z.union([
    choice('address'),
    oneOf({
      header: optional(headerName(), { meaning: 'Header that names the user.', example: 'X-User' }),
      cookie: optional(cookieName(), {
        meaning: 'Cookie that names the user; set to a random value when a request has none.',
        example: 'uid',
      }),
    }),
  ]),
);

const resources = definition(
  'resources',
  'Limits of one instance.',
  record({
    cpu: optional(cpu(), {
      meaning: 'Most processor time of one instance, in cores; no limit when left away.',
      example: '500m',
    }),
    memory: optional(bytes('1Mi', '1024Gi'), {
      meaning: 'Most memory of one instance; no limit when left away.',
      example: '256Mi',
    }),
  }),
);

/** A strategy by name, or written in place. */
export const strategyChoice = () => z.union([name('the name of a strategy'), strategyLanguage]);

/** What an instance is told in its environment, and what of it nobody is to see. */
const variableKeys = () => ({
  env: optional(
    named(variableName(), anyText('a text, a number, true or false'), 'a mapping from names to values'),
    {
      meaning: 'Environment variables. Numbers, true and false arrive as they are written. PORT is given.',
      example: { LOG_LEVEL: 'info' },
    },
  ),
  secrets: optional(named(variableName(), secret, 'a mapping from names to where each value is'), {
    meaning:
      'Environment variables whose values are kept elsewhere; never printed, never part of a revision, even where the file lies in `source`.',
    example: { DATABASE_URL: { file: 'secrets/database-url' } },
  }),
  mask: optional(
    list(freeText('a pattern of RE2, such as sess-[0-9a-f]{32}'), 'patterns', { from: 1, to: 50 }),
    {
      meaning:
        'What is blotted out of its logs before anybody is shown them: each word in which a pattern is found. Values of its secrets and the common forms of tokens are in any case.',
      example: ['sess-[0-9a-f]{32}'],
    },
  ),
});

/** The keys that `defaults` and environments may hold as well. */
const sharedKeys = () => ({
  instances: optional(whole(1, MAX_INSTANCES), {
    meaning: 'How many processes or pods run.',
    default: DEFAULTS.instances,
    example: 3,
  }),
  strategy: optional(strategyChoice(), {
    meaning:
      'How a release goes out: rolling, blue-green, canary, ab, immutable, shadow, a name from `strategies`, or a strategy written here.',
    default: DEFAULTS.strategy,
    example: 'careful',
  }),
  source: optional(freeText('the path of a folder'), {
    meaning:
      'Folder that is copied into each revision and in which `run` starts; relative to sluice.yaml. Left out of the copy: that file, secrets that it names, history.',
    default: DEFAULTS.source,
  }),
  health: optional(health, {
    meaning:
      'When an instance is ready: a path that answers 2xx, or more. Left away: its port accepts connections.',
    example: '/healthz',
  }),
  ...variableKeys(),
  needs: optional(list(need, 'needs', { from: 0, to: 100 }), {
    meaning: 'What must be reachable before anything is started.',
    example: [{ postgres: 'DATABASE_URL' }],
  }),
  resources: optional(resources, {
    meaning: 'Limits of one instance.',
    example: { memory: '256Mi' },
  }),
  drain: optional(duration('0s', '1h'), {
    meaning: 'How long an instance that is stopped may finish its requests.',
    default: DEFAULTS.drain,
  }),
  user: optional(user, {
    meaning: 'What names the user of a request, for A/B tests, sticky splits and matches on users.',
    example: { header: 'X-User' },
  }),
  protocol: optional(choice('http1', 'h2c'), {
    meaning: 'What instances speak: HTTP/1.1, or HTTP/2 without TLS.',
    default: DEFAULTS.protocol,
  }),
  timeout: optional(duration('100ms', '1h'), {
    meaning: 'Longest wait for the head of an answer; then the router answers 504.',
    default: DEFAULTS.timeout,
  }),
  port: portKey(),
  kubernetes: optional(kubernetesLanguage, {
    meaning: 'What holds on Kubernetes only.',
    example: { router: { 'gateway-api': { parents: 'infra/public' } } },
  }),
  'max-body': optional(z.union([choice('unlimited'), bytes('1k', '1024Gi')]), {
    meaning: 'Largest body of a request; above, the router answers 413.',
    default: DEFAULTS.maxBody,
  }),
});

/** The keys that only a component itself may hold, for everywhere or for one environment. */
const ownKeys = () => ({
  kind: optional(choice('service', 'agents'), {
    meaning:
      'What a component is: a service takes requests; workers of agents ask Sluice for tasks, which releases split between revisions.',
    default: DEFAULTS.kind,
    example: 'agents',
  }),
  agents: optional(agentsLanguage, {
    meaning: 'What holds for a component of kind agents.',
    example: { retry: { failures: 2 } },
  }),
  run: optional(freeText('a shell command, such as node server.js'), {
    meaning:
      'Shell command that serves HTTP on the port given in PORT, on a machine; of agents, one that starts a worker.',
    example: 'node server.js',
  }),
  image: imageKey(),
  manifests: manifestsKey(),
  ...containerKeys(),
  target: optional(targetLanguage, {
    meaning: 'Where the component runs; stronger than `target` of its environment and of the application.',
    default: 'machine',
    example: { kubernetes: { cluster: 'eu', namespace: 'shop' } },
  }),
  route: optional(route, {
    meaning: 'Which requests belong to the component: a path, a host, or both. Left away: all of them.',
    example: 'shop.example.com/api',
  }),
});

/** Keys of the block that people who know Kubernetes write beside it. */
const elsewhere = {
  // Who writes `limits` beside it means those of the container, which are `resources`.
  keys: Object.keys(kubernetesLanguage.shape).filter((key) => key !== 'limits'),
  remedy: 'write it under kubernetes',
};

/** One service of an application. */
export const componentLanguage = definition(
  'component',
  'One service of an application. Exactly one of `run`, `image` and `manifests` says what runs; where an environment says another, that one counts there.',
  record(
    { ...ownKeys(), ...sharedKeys() },
    { expects: 'a mapping that has at least the key run, image or manifests', elsewhere },
  ),
);

/** What all components have unless they say otherwise. */
export const componentDefaults = definition(
  'component-defaults',
  'What all components have unless they say otherwise; the keys are those of a component.',
  record(sharedKeys(), { expects: 'a mapping with keys of components', elsewhere }),
);

/** What is different about a component in one environment. */
export const componentOverride = definition(
  'component-override',
  'What is different about a component in one environment; the keys are those of a component.',
  record({ ...ownKeys(), ...sharedKeys() }, { expects: 'a mapping with keys of components', elsewhere }),
);

export type ComponentInput = z.output<typeof componentOverride>;
