import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { renderRevision } from './render-revision.ts';
import { renderTrack } from './render-track.ts';
import { FOREIGN_SPECS } from './testing/foreign-schemas.ts';
import { type Definitions, faultsOf, type ObjectSchema } from './testing/object-schema.ts';
import { type Sample, SAMPLES } from './testing/samples.ts';
import { toYaml } from './to-yaml.ts';

const rendered = ({ of, order }: Sample): readonly KubernetesObject[] => [
  ...renderTrack(of, order),
  ...renderRevision(of, order),
];

const METADATA: ObjectSchema = { $ref: '#/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };

const schemas = readSchemas();

function faults(object: KubernetesObject): string[] {
  const kind = `${object.apiVersion}/${object.kind}`;
  const schema = schemas.byKind[kind];
  if (schema === undefined) return [`no schema of ${kind}`];
  return faultsOf(object, schema, schemas.definitions, object.kind);
}

describe.each(SAMPLES)('the objects of $name', (sample) => {
  it('are as in the golden file', async () => {
    await expect(toYaml(rendered(sample))).toMatchFileSnapshot(`../../goldens/${sample.name}.yaml`);
  });

  it('are valid by the definitions of Kubernetes 1.34 and of their own makers', () => {
    expect(rendered(sample).flatMap(faults)).toEqual([]);
  });

  it('have names that differ within their kind', () => {
    const names = rendered(sample).map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`,
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it('say the same after a round trip through JSON', () => {
    const objects = rendered(sample);
    expect(JSON.parse(JSON.stringify(objects))).toStrictEqual(objects);
  });

  it('are all marked as made by Sluice, whatever labels the settings add', () => {
    for (const { metadata } of rendered(sample)) {
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/managed-by': 'sluice',
        'app.kubernetes.io/part-of': 'shop',
      });
    }
  });
});

describe('the check by definitions', () => {
  it('finds what the API server would refuse', () => {
    const service: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ name: 'http', port: '80' }, { name: 'http' }], typo: true },
    };
    expect(faults(service)).toEqual([
      'Service.spec.ports[0].port: is string, not integer',
      'Service.spec.ports[1].port: is missing',
      'Service.spec.typo: is unknown',
    ]);
  });

  it('knows the kinds of other projects', () => {
    const mistaken: KubernetesObject = {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: { name: 'web' },
      spec: { mtls: { mode: 'SOMETIMES' } },
    };
    expect(faults(mistaken)).toEqual([
      'PeerAuthentication.spec.mtls.mode: "SOMETIMES" is none of the values that are allowed',
    ]);
  });
});

/** Reads definitions of built-in kinds and of custom ones, as they are kept for the fake API server. */
function readSchemas(): { definitions: Definitions; byKind: Readonly<Record<string, ObjectSchema>> } {
  const builtin = readLines('builtin').map((line) => JSON.parse(line) as BuiltinLine);
  const others = readLines('istio').map((line) => JSON.parse(line) as CustomLine);
  const foreign = Object.entries(FOREIGN_SPECS).map(([kind, spec]) => [kind, custom(spec)] as const);
  return {
    definitions: Object.fromEntries(builtin.map(({ name, definition }) => [name, definition])),
    byKind: Object.fromEntries([
      ...builtin.flatMap(({ name, definition }) =>
        (definition['x-kubernetes-group-version-kind'] ?? []).map(
          ({ group, version, kind }) =>
            [[...(group ? [group] : []), version, kind].join('/'), { $ref: name }] as const,
        ),
      ),
      ...others.flatMap(({ spec }) =>
        spec.versions.map(
          ({ name, schema }) =>
            [
              `${spec.group}/${name}/${spec.names.kind}`,
              custom(schema.openAPIV3Schema.properties?.['spec'] ?? {}),
            ] as const,
        ),
      ),
      ...foreign,
    ]),
  };
}

interface BuiltinLine {
  readonly name: string;
  readonly definition: ObjectSchema & {
    readonly 'x-kubernetes-group-version-kind'?: readonly {
      readonly group: string;
      readonly version: string;
      readonly kind: string;
    }[];
  };
}

interface CustomLine {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: ObjectSchema };
    }[];
  };
}

function custom(spec: ObjectSchema): ObjectSchema {
  const properties = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: METADATA, spec };
  return { type: 'object', properties, required: Object.keys(properties) };
}

function readLines(file: string): string[] {
  const place = new URL(`../../../fake-kubernetes/schemas/${file}.jsonl`, import.meta.url);
  return readFileSync(place, 'utf8').trim().split('\n');
}
