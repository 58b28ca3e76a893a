import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { ContainerSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import { afterAll, describe, expect, it } from 'vitest';
import {
  componentOf,
  componentsOf,
  containerOf,
  kubernetesFile,
  messagesOf,
  outcomeOf,
} from '../test/parsed-file.ts';

describe('targets', () => {
  it.each([
    ['machine', 'run: x', { on: 'machine' }],
    ['kubernetes', 'image: x', { cluster: 'default', namespace: 'default' }],
    ['{ kubernetes: }', 'image: x', { cluster: 'default', namespace: 'default' }],
    ['{ kubernetes: { cluster: in-cluster } }', 'image: x', { cluster: 'in-cluster', namespace: 'default' }],
    [
      '{ kubernetes: { cluster: "context:arn:aws:eks/eu", namespace: shop } }',
      'image: x',
      { cluster: 'context:arn:aws:eks/eu', namespace: 'shop' },
    ],
  ])('target: %s', (target, keys, expected) => {
    const { workload } = componentOf(`application: a\ntarget: ${target}\ncomponents: { web: { ${keys} } }`);
    expect(
      workload.on === 'machine'
        ? { on: 'machine' }
        : { cluster: workload.cluster, namespace: workload.settings.namespace },
    ).toEqual(expected);
  });

  const LAYERS = `
application: shop
target: { kubernetes: { cluster: application } }
components:
  plain: { image: "a:1" }
  own: { image: "a:1", target: { kubernetes: { cluster: component } } }
  here: { image: "a:1", target: { kubernetes: { cluster: component } } }
environments:
  one:
    target: { kubernetes: { cluster: environment } }
    components: { here: { target: { kubernetes: { cluster: environment-component } } } }
  two:
`;
  it.each([
    ['one', ['environment', 'component', 'environment-component']],
    ['two', ['application', 'component', 'component']],
  ])(
    'the component of an environment stands over components, environment and application: %s',
    (environment, clusters) => {
      const components = componentsOf(LAYERS, { environment });
      expect(components.map(({ workload }) => workload.on === 'cluster' && workload.cluster)).toEqual(
        clusters,
      );
    },
  );

  it('a list is one line of releases per cluster, each with a name of its own', () => {
    const components = componentsOf(
      kubernetesFile(
        'target: [ { kubernetes: { cluster: eu } }, { kubernetes: { cluster: "context:US_East@1" } } ]',
      ),
    );
    expect(components.map(({ name }) => name)).toEqual(['web.eu', 'web.us-east-1']);
    expect(components.map(({ workload }) => workload.on === 'cluster' && workload.cluster)).toEqual([
      'eu',
      'context:US_East@1',
    ]);
  });

  it('each cluster of a list may have routers and metrics of its own', () => {
    const components = componentsOf(
      kubernetesFile(`kubernetes: { router: istio, metrics: { prometheus: "http://all", tick: 5s } }, target: [
        { kubernetes: { cluster: eu, metrics: { prometheus: "http://eu" } } },
        { kubernetes: { cluster: us, router: service } } ]`),
    );
    expect(
      components
        .map(kubernetesSettings)
        .map(({ routers, metrics }) => [routers[0]?.kind, metrics?.address, metrics?.tickMs]),
    ).toEqual([
      ['istio', 'http://eu', 5000],
      ['service', 'http://all', 5000],
    ]);
  });

  it('what a target says of its cluster is held to the same rules', () => {
    const target = 'target: [ { kubernetes: { cluster: eu, router: gateway-api, metrics: { tick: 5s } } } ]';
    expect(messagesOf(kubernetesFile(target)).map((message) => message.split(' ')[1])).toEqual([
      'components.web.target[0].kubernetes.router',
      'components.web.target[0].kubernetes.metrics',
    ]);
  });

  describe('a namespace beside a target that names another', () => {
    const file = (parts: {
      application?: string;
      defaults?: string;
      staging: string;
      web?: string;
    }): string => `
application: shop
target: ${parts.application ?? '{ kubernetes: { cluster: eu, namespace: production } }'}
defaults: { kubernetes: { ${parts.defaults ?? ''} } }
components: { web: { image: "a:1", ${parts.web ?? ''} } }
environments: { staging: { ${parts.staging} } }`;
    const namespacesOf = (text: string) =>
      componentsOf(text, { environment: 'staging' }).map((one) => kubernetesSettings(one).namespace);

    it.each([
      ['of an environment', { staging: 'kubernetes: { namespace: staging }' }],
      ['of a component', { staging: '', web: 'kubernetes: { namespace: staging }' }],
      [
        'of an environment, whatever the target of the component',
        {
          web: 'target: { kubernetes: { namespace: production } }',
          staging: 'kubernetes: { namespace: staging }',
        },
      ],
      [
        'in the same place',
        { staging: 'target: { kubernetes: { namespace: production } }, kubernetes: { namespace: staging }' },
      ],
      [
        'of an environment, for one of several clusters',
        {
          application:
            '[ { kubernetes: { cluster: eu } }, { kubernetes: { cluster: us, namespace: production } } ]',
          staging: 'kubernetes: { namespace: staging }',
        },
      ],
    ])('is refused: %s', (_, parts) => {
      const [first, ...more] = messagesOf(file(parts));
      expect(first).toContain('kubernetes.namespace would not hold for component web in staging');
      expect(first).toContain('names the namespace production; leave out one of the two');
      expect(more).toEqual([]);
    });

    it.each([
      ['the same', { staging: 'kubernetes: { namespace: production }' }, ['production']],
      ['of defaults', { defaults: 'namespace: shop', staging: '' }, ['production']],
      [
        'of a component whose environment has a target',
        { web: 'kubernetes: { namespace: web }', staging: 'target: { kubernetes: { namespace: staging } }' },
        ['staging'],
      ],
      [
        'of an environment that has a target for the component',
        {
          staging:
            'kubernetes: { namespace: staging }, components: { web: { target: { kubernetes: { namespace: web } } } }',
        },
        ['web'],
      ],
      [
        'for those of a list that name none',
        {
          web: 'target: [ { kubernetes: { cluster: eu } }, { kubernetes: { cluster: us, namespace: us } } ], kubernetes: { namespace: web }',
          staging: '',
        },
        ['web', 'us'],
      ],
      [
        'for a target that names none',
        { staging: 'target: { kubernetes: { cluster: eu } }, kubernetes: { namespace: staging }' },
        ['staging'],
      ],
    ])('may stand there: %s', (_, parts, namespaces) => {
      expect(namespacesOf(file(parts))).toEqual(namespaces);
    });
  });

  it('what runs may be another in another environment', () => {
    const text = `application: shop
components: { web: { run: node server.js } }
environments:
  local:
  production: { target: kubernetes, components: { web: { image: "web:1", command: [ node, server.js ] } } }`;
    expect(componentOf(text, { environment: 'local' }).workload).toMatchObject({ run: 'node server.js' });
    expect(componentOf(text, { environment: 'production' }).workload).toMatchObject({
      on: 'cluster',
      settings: { workload: { image: 'web:1', command: ['node', 'server.js'] } },
    });
  });
});

it('a key that stands on the wrong side of the block is told where it belongs', () => {
  expect(messagesOf(kubernetesFile('autoscale: { max: 3 }, kubernetes: { port: 80, image: x }'))).toEqual([
    '4:39 components.web.autoscale is not a key here; write it under kubernetes',
    '4:76 components.web.kubernetes.port is not a key here; write it in the component, beside kubernetes',
    '4:86 components.web.kubernetes.image is not a key here; write it in the component, beside kubernetes',
  ]);
});

describe('components that share a gateway', () => {
  const two = (first: string, second: string): string =>
    `application: a\ntarget: kubernetes\ncomponents:\n  a: { image: "a:1", ${first} }\n  b: { image: "b:1", ${second} }`;
  const behind = (gateway: string): string =>
    `kubernetes: { router: { gateway-api: { parents: ${gateway} } } }`;

  it.each([
    ['plain Services', '', '', false],
    ['the same gateway', behind('public'), behind('default/public'), true],
    ['another gateway', behind('public'), behind('infra/public'), false],
    ['another path', `route: /a, ${behind('public')}`, `route: /b, ${behind('public')}`, false],
    [
      'another cluster',
      `target: { kubernetes: { cluster: eu } }, ${behind('x/y')}`,
      `target: { kubernetes: { cluster: us } }, ${behind('x/y')}`,
      false,
    ],
    ['the sidecars of a mesh', 'kubernetes: { router: istio }', 'kubernetes: { router: istio }', false],
  ])('%s', (_, first, second, refused) => {
    const messages = messagesOf(two(first, second));
    expect(messages.some((message) => message.includes('claims the same requests as component a'))).toBe(
      refused,
    );
    expect(messages.length).toBe(refused ? 1 : 0);
  });
});

describe('what is allowed on Kubernetes but probably not meant', () => {
  it.each([
    ['', []],
    [
      'target: { kubernetes: { cluster: eu } }, route: shop.example.com',
      ['components.web.route is looked at by no router'],
    ],
  ])('%s', (keys, expected) => {
    const outcome = outcomeOf(kubernetesFile(keys));
    const warnings = outcome.ok ? outcome.warnings.map(({ message }) => message.split(':')[0]) : ['refused'];
    expect(warnings).toEqual(expected);
  });

  it.each([
    ['web', true],
    ['web:latest', true],
    ['localhost:5000/web', true],
    ['localhost:5000/web:1', false],
    [`web@sha256:${'0'.repeat(64)}`, false],
  ])('an image that may become another: %s', (image, moves) => {
    const outcome = outcomeOf(
      `application: a\ntarget: kubernetes\ncomponents: { web: { image: "${image}" } }`,
    );
    expect(outcome.ok && outcome.warnings.length).toBe(moves ? 1 : 0);
  });

  it('limits for all strategies, where nobody counts requests', () => {
    const outcome = outcomeOf(kubernetesFile('', 'analysis: { criteria: { errors: "< 1%" } }'));
    expect(outcome.ok && outcome.warnings.map(({ message }) => message)).toEqual([
      'analysis.criteria does not hold for component web in local, whose requests nobody counts; give it kubernetes.metrics',
    ]);
  });
});

describe('files of a container', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'config'));
  writeFileSync(join(folder, 'config', 'web.yaml'), 'mode: schnell, für alle\n');
  writeFileSync(join(folder, 'config', 'picture'), Uint8Array.of(0xff, 0xfe, 0x00));
  writeFileSync(join(folder, 'config', 'half'), 'x'.repeat(600 * 1024));
  const options = { baseDirectory: folder, checkFiles: true };
  const files = (...paths: readonly string[]): string =>
    kubernetesFile(
      `kubernetes: { files: { ${paths.map((path, index) => `/etc/f${index}: ${path}`).join(', ')} } }`,
    );

  it('are read and become part of the component', () => {
    const settings = kubernetesSettings(componentOf(files('config/web.yaml'), options));
    expect((settings.workload as ContainerSettings).files).toEqual({
      '/etc/f0': 'mode: schnell, für alle\n',
    });
  });

  it('are not looked for unless that is asked', () => {
    expect(containerOf(files('nowhere')).files).toEqual({ '/etc/f0': '' });
  });

  it.each([
    ['nowhere', 'names the file "nowhere", which does not exist'],
    ['config', 'names the file "config", which is a folder'],
    ['config/picture', 'names the file "config/picture", which is not a text in UTF-8'],
  ])('%s is refused', (path, says) => {
    expect(messagesOf(files(path), options)).toEqual([
      `4:71 components.web.kubernetes.files["/etc/f0"] ${says}`.replace('["/etc/f0"]', './etc/f0'),
    ]);
  });

  it('are not more than a ConfigMap holds', () => {
    expect(messagesOf(files('config/half'), options)).toEqual([]);
    expect(messagesOf(files('config/half', 'config/half'), options).join()).toContain('above 1 MiB');
  });
});
