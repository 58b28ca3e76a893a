import { type JsonMap, isMap, listAt, mapAt, textAt } from '../json/json-tree.ts';
import { builtinSchema, readSchemaLines } from '../schema/builtin-schemas.ts';
import { customSchema } from '../schema/custom-schema.ts';
import type { CustomPart, ResourceType, ScalePaths, Subresource } from './resource-type.ts';

let builtin: readonly ResourceType[] | undefined;

/** Every resource that is served: the built-in ones and those that definitions bring in. */
export class ResourceRegistry {
  readonly #types = new Map<string, ResourceType>();

  constructor() {
    builtin ??= readSchemaLines('resources.jsonl').map(builtinType);
    for (const type of builtin) this.#types.set(keyOf(type), type);
  }

  /** The type behind a path, or undefined where nothing is served. */
  find(group: string, version: string, resource: string): ResourceType | undefined {
    return this.#types.get(keyOf({ group, version, resource }));
  }

  /** All types, built-in ones first. */
  all(): ResourceType[] {
    return [...this.#types.values()];
  }

  /** Serves what a definition says, and nothing else of its resource. */
  define(definition: JsonMap): readonly ResourceType[] {
    this.withdraw(textAt(definition, 'metadata', 'name'));
    const types = customTypes(definition);
    for (const type of types) this.#types.set(keyOf(type), type);
    return types;
  }

  /** Serves the resource of a definition no longer. */
  withdraw(name: string): void {
    for (const [key, type] of this.#types) if (type.custom?.definition === name) this.#types.delete(key);
  }
}

function keyOf({ group, version, resource }: Pick<ResourceType, 'group' | 'version' | 'resource'>): string {
  return `${group}/${version}/${resource}`;
}

function builtinType(line: JsonMap): ResourceType {
  const [group, version, resource] = [
    textAt(line, 'group'),
    textAt(line, 'version'),
    textAt(line, 'resource'),
  ];
  const kind = textAt(line, 'responseKind', 'kind');
  const subresources = listAt(line, 'subresources').map(
    (one): Subresource => ({
      name: textAt(one, 'subresource'),
      kind: textAt(one, 'responseKind', 'kind'),
      group: textAt(one, 'responseKind', 'group'),
      version: textAt(one, 'responseKind', 'version'),
      verbs: listAt(one, 'verbs').map(String),
    }),
  );
  return {
    group,
    version,
    resource,
    kind,
    singular: textAt(line, 'singularResource'),
    listKind: `${kind}List`,
    namespaced: textAt(line, 'scope') === 'Namespaced',
    verbs: listAt(line, 'verbs').map(String),
    shortNames: listAt(line, 'shortNames').map(String),
    categories: listAt(line, 'categories').map(String),
    subresources: new Map(subresources.map((one) => [one.name, one])),
    schema: builtinSchema(group, version, kind),
    custom: undefined,
  };
}

const customVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

function customTypes(definition: JsonMap): ResourceType[] {
  const spec = mapAt(definition, 'spec');
  const names = mapAt(spec, 'names');
  const [group, kind, resource] = [textAt(spec, 'group'), textAt(names, 'kind'), textAt(names, 'plural')];
  return listAt(spec, 'versions')
    .filter((version) => isMap(version) && version['served'] === true)
    .map((version) => {
      const custom = customPart(textAt(definition, 'metadata', 'name'), version as JsonMap);
      return {
        group,
        version: textAt(version, 'name'),
        resource,
        kind,
        singular: textAt(names, 'singular') || kind.toLowerCase(),
        listKind: textAt(names, 'listKind') || `${kind}List`,
        namespaced: textAt(spec, 'scope') === 'Namespaced',
        verbs: customVerbs,
        shortNames: listAt(names, 'shortNames').map(String),
        categories: listAt(names, 'categories').map(String),
        subresources: customSubresources(custom, { group, version: textAt(version, 'name'), kind }),
        schema: customSchema(kind, custom.schema),
        custom,
      };
    });
}

function customPart(definition: string, version: JsonMap): CustomPart {
  const subresources = mapAt(version, 'subresources');
  return {
    definition,
    printed: listAt(version, 'additionalPrinterColumns'),
    schema: mapAt(version, 'schema', 'openAPIV3Schema'),
    hasStatus: subresources['status'] !== undefined,
    scale: isMap(subresources['scale']) ? scalePaths(subresources['scale']) : undefined,
  };
}

function scalePaths(scale: JsonMap): ScalePaths {
  const path = (text: string): string[] => text.split('.').filter((part) => part !== '');
  const selector = textAt(scale, 'labelSelectorPath');
  return {
    replicas: path(textAt(scale, 'specReplicasPath')),
    statusReplicas: path(textAt(scale, 'statusReplicasPath')),
    selector: selector === '' ? undefined : path(selector),
  };
}

function customSubresources(
  custom: CustomPart,
  own: { readonly group: string; readonly version: string; readonly kind: string },
): Map<string, Subresource> {
  const verbs = ['get', 'patch', 'update'];
  const found = new Map<string, Subresource>();
  if (custom.hasStatus) found.set('status', { name: 'status', ...own, verbs });
  if (custom.scale)
    found.set('scale', { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs });
  return found;
}
