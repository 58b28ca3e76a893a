import { describe, expect, it } from 'vitest';
import { parseApplication } from '../parse-application.ts';
import { configurationDocuments } from './configuration-documents.ts';
import { inlineYaml } from './inline-yaml.ts';
import { type LanguageKey, languageParts } from './language-parts.ts';
import { referencePage } from './reference-page.ts';

const parts = languageParts();
const keysOf = (name: string): readonly LanguageKey[] => parts.find((part) => part.name === name)?.keys ?? [];

describe('the reference', () => {
  it('has the same text each time, and both documents have a place in the repository', () => {
    expect(configurationDocuments()).toEqual(configurationDocuments());
    expect(configurationDocuments().map(({ path }) => path)).toEqual([
      'docs/reference/sluice.schema.json',
      'docs/guides/config-reference.md',
    ]);
  });

  it('tells what every key means', () => {
    const silent = parts.flatMap(({ name, keys }) =>
      keys.filter(({ about }) => about.meaning === '').map((key) => `${name}.${key.name}`),
    );
    expect(silent).toEqual([]);
    expect(parts.flatMap(({ keys }) => keys).length).toBeGreaterThan(150);
  });

  it('shows a default or an example for every key', () => {
    const bare = parts.flatMap(({ name, keys }) =>
      keys
        .filter(({ about }) => about.default === undefined && about.example === undefined)
        .map((key) => `${name}.${key.name}`),
    );
    expect(bare).toEqual([]);
  });

  it('says what makes a revision of each key of a component, or that it does not', () => {
    const [, revisions = ''] = /^## revisions\n([^#]*)/m.exec(referencePage()) ?? [];
    const told = keysOf('component').filter(({ name }) => revisions.includes(`\`${name}\``));
    expect(told.map(({ name }) => name)).toEqual(keysOf('component').map(({ name }) => name));
  });

  it('has a section for every part that it links to', () => {
    const page = referencePage();
    const links = [...page.matchAll(/\(#([a-z-]+)\)/g)].map(([, target]) => target);
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading?.replaceAll(' ', '-'));
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter((link) => !headings.includes(link))).toEqual([]);
  });
});

/** A file in which one key of a part has the value. */
const WITH_KEY: Readonly<Record<string, (yaml: string) => string>> = {
  component: (yaml) => {
    if (OF_CLUSTERS.test(yaml)) return inCluster(yaml);
    return component(yaml.startsWith('agents') ? `kind: agents, ${yaml}` : yaml);
  },
  health: (yaml) => component(`health: { ${yaml} }`),
  route: (yaml) => component(`route: { ${yaml} }`),
  resources: (yaml) => component(`resources: { ${yaml} }`),
  secret: (yaml) =>
    yaml.startsWith('kubernetes')
      ? inCluster(`secrets: { A: { ${yaml} } }`)
      : `application: a\ncomponents: { web: { run: x, secrets: { A: { ${yaml} } } } }`,
  kubernetes: (yaml) =>
    yaml.startsWith('limits')
      ? `${inCluster('')}\ndefaults: { kubernetes: { ${yaml} } }`
      : inCluster(`kubernetes: { ${yaml} }`),
  'kubernetes-target': (yaml) => inCluster(`target: { kubernetes: { ${yaml} } }`),
  autoscale: (yaml) =>
    inCluster(`kubernetes: { requests: { memory: 1Gi }, autoscale: { max: 20, ${yaml} } }`),
  'scale-up': (yaml) => inCluster(`kubernetes: { autoscale: { max: 20, scale-up: { ${yaml} } } }`),
  network: (yaml) => inCluster(`kubernetes: { network: { ${yaml} } }`),
  monitor: (yaml) => inCluster(`kubernetes: { monitor: { ${yaml} } }`),
  requests: (yaml) => inCluster(`kubernetes: { requests: { ${yaml} } }`),
  'service-account': (yaml) => inCluster(`kubernetes: { service-account: { name: web, ${yaml} } }`),
  'namespace-limits': (yaml) => `${inCluster('')}\ndefaults: { kubernetes: { limits: { ${yaml} } } }`,
  'container-limits': (yaml) =>
    `${inCluster('')}\ndefaults: { kubernetes: { limits: { container: { ${yaml} } } } }`,
  'gateway-api': (yaml) =>
    inCluster(
      `kubernetes: { router: { gateway-api: { ${yaml.startsWith('name') ? '' : 'parents: public, '}${yaml} } } }`,
    ),
  istio: (yaml) => inCluster(`kubernetes: { router: { istio: { ${yaml} } } }`),
  'istio-retries': (yaml) =>
    inCluster(`kubernetes: { router: { istio: { retries: { attempts: 1, ${yaml} } } } }`),
  metrics: (yaml) => inCluster(`kubernetes: { metrics: { prometheus: "http://p:9090", ${yaml} } }`),
  'application-metrics': (yaml) =>
    inCluster(`kubernetes: { metrics: { prometheus: "http://p", source: { application: { ${yaml} } } } }`),
  agents: (yaml) => component(`kind: agents, agents: { ${yaml} }`),
  retry: (yaml) => component(`kind: agents, agents: { retry: { ${yaml} } }`),
  pool: (yaml) => component(`kind: agents, agents: { pool: { ${yaml} } }`),
  recycle: (yaml) => component(`kind: agents, agents: { pool: { recycle: { ${yaml} } } }`),
  'agent-limits': (yaml) => component(`kind: agents, agents: { limits: { ${yaml} } }`),
  'key-limits': (yaml) => component(`kind: agents, agents: { limits: { each-key: { ${yaml} } } }`),
  schedule: (yaml) =>
    component(
      `kind: agents, agents: { schedules: { daily: { ${yaml.startsWith('cron') ? '' : 'cron: "@daily", '}${yaml} } } }`,
    ),
  canary: (yaml) => component(`user: { cookie: c }, strategy: { canary: { ${yaml} } }`),
  'blue-green': (yaml) => component(`strategy: { blue-green: { ${yaml} } }`),
  rolling: (yaml) =>
    component(`instances: 4, user: { cookie: c }, strategy: { rolling: { hold: 1m, ${yaml} } }`),
  ab: (yaml) => component(`user: { cookie: c }, strategy: { ab: { ${yaml} } }`),
  shadow: (yaml) => component(`strategy: { shadow: { ${yaml} } }`),
  measurement: (yaml) =>
    measured(
      /^(prometheus|web)/.test(yaml)
        ? `${yaml}, max: 1`
        : `web: "http://q", ${/^(success|failure|min|max)/.test(yaml) ? '' : 'max: 1, '}${yaml}`,
    ),
  'prometheus-query': (yaml) =>
    measured(`max: 1, prometheus: { ${yaml.startsWith('query') ? '' : 'query: up, '}${yaml} }`),
  'web-query': (yaml) =>
    measured(
      `web: { ${yaml.startsWith('url') ? '' : 'url: "http://q", '}${yaml.startsWith('body') ? 'method: PUT, ' : ''}${yaml} }`,
    ),
  criteria: (yaml) => component(`strategy: { canary: { criteria: { ${yaml} } } }`),
  judge: (yaml) => component(`strategy: { canary: { judge: { ${yaml} } } }`),
  on: (yaml) => component(`strategy: { canary: { on: { ${yaml} } } }`),
  match: (yaml) => component(`user: { cookie: c }, strategy: { ab: { match: { ${yaml} } } }`),
  goal: (yaml) => component(`user: { cookie: c }, strategy: { ab: { goal: { path: /x, ${yaml} } } }`),
  step: (yaml) =>
    component(
      `user: { cookie: c }, strategy: { steps: [ { shift: 5% }, ${yaml === 'settle: 5m' ? 'switch, ' : ''}{ ${yaml} } ] }`,
    ),
};

const OF_CLUSTERS = /^(image|command|args|port|kubernetes|manifests|target: \{)/;

/** A component with everything that an autoscaler wants, on Kubernetes. */
const inCluster = (yaml: string): string =>
  [
    'application: a',
    'target: kubernetes',
    `components: { web: { ${yaml.startsWith('manifests') ? '' : 'image: web:1, resources: { cpu: 1 }, '}${yaml} } }`,
  ].join('\n');

/** A component with a Prometheus, on Kubernetes, that is measured. */
const measured = (yaml: string): string =>
  inCluster(
    `kubernetes: { metrics: { prometheus: "http://p" } }, strategy: { canary: { measurements: { m: { ${yaml} } } } }`,
  );

const component = (yaml: string): string =>
  [
    'application: a',
    `components: { web: { run: x, secrets: { DATABASE_URL: { file: f } }, ${yaml} } }`,
    'strategies: { careful: { canary: } }',
    'checks: { smoke: { tcp: true } }',
  ].join('\n');

/** What is wrong with a file that has a key of a part as the reference shows it, apart from now having it twice. */
function faultsWith(part: string, name: string, value: unknown): readonly string[] {
  const text = WITH_KEY[part]?.(inlineYaml({ [name]: value }).slice(2, -2)) ?? '';
  const outcome = parseApplication(text, { file: 'sluice.yaml', baseDirectory: '/app' });
  const messages = outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message);
  return messages.filter((message) => !message.includes(`.${name} is written twice`));
}

describe('what the reference shows can be written', () => {
  it.each(Object.keys(WITH_KEY))('as a key of %s', (part) => {
    expect(keysOf(part).length).toBeGreaterThan(0);
    for (const { name, about } of keysOf(part))
      for (const value of [about.default, about.example])
        if (value !== undefined) expect(faultsWith(part, name, value), name).toEqual([]);
  });
});
