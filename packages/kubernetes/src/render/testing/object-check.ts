import { readFileSync } from 'node:fs';
import type { KubernetesObject } from '../../objects/kubernetes-object.ts';
import { FOREIGN_SPECS } from './foreign-schemas.ts';
import { type Definitions, faultsOf, type ObjectSchema } from './object-schema.ts';

const METADATA: ObjectSchema = { $ref: '#/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };

/** A function that tells what an API server with strict validation would have against an object's form. */
export function objectCheck(): (object: KubernetesObject) => string[] {
  const schemas = readSchemas();
  return (object) => {
    const kind = `${object.apiVersion}/${object.kind}`;
    const schema = schemas.byKind[kind];
    if (schema === undefined) return [`no schema of ${kind}`];
    return faultsOf(object, schema, schemas.definitions, object.kind);
  };
}

/** Definitions of built-in kinds and of custom ones, as they are kept for the fake API server. */
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
  const place = new URL(`../../../../fake-kubernetes/schemas/${file}.jsonl`, import.meta.url);
  return readFileSync(place, 'utf8').trim().split('\n');
}
