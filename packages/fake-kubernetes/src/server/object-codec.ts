import { reasonOf } from '../json/reason-of.ts';
import { parse as parseYaml } from 'yaml';
import { type Json, type JsonMap, copyJson, isMap, textAt } from '../json/json-tree.ts';
import { duplicateKeys } from '../json/duplicate-keys.ts';
import { objectMetaSchema } from '../schema/builtin-schemas.ts';
import { decodeBuiltin, emptyObject } from '../schema/decode-builtin.ts';
import { decodeCustom } from '../schema/decode-custom.ts';
import { Refusal, badRequest, fault, invalidOption } from './refusal.ts';
import { type ResourceType, apiVersionOf } from './resource-type.ts';

/** How large a body may be. */
const bodyLimitBytes = 3 * 1024 * 1024;

/** An object as it was read, with warnings to be told along. */
export interface ReadObject {
  readonly object: JsonMap;
  readonly warnings: readonly string[];
}

/** Reads a body as JSON or YAML; throws a refusal with 400 or 413. */
export function parseBody(body: string | object | undefined, yaml = false): Json {
  if (body === undefined || body === '') return null;
  if (typeof body !== 'string') {
    return copyJson(body);
  }
  if (body.length > bodyLimitBytes) throw tooLarge();
  try {
    // Most of what is sent as YAML is JSON, which is read a hundred times as fast.
    return yaml && !body.startsWith('{') ? (parseYaml(body) as Json) : (JSON.parse(body) as Json);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${reasonOf(error)}`);
  }
}

function tooLarge(): Refusal {
  return new Refusal(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bodyLimitBytes}`);
}

/** Whether a content type is YAML, or undefined when objects do not come in it. */
export function isYaml(contentType: string | undefined): boolean | undefined {
  const plain = (contentType ?? 'application/json').split(';')[0]?.trim();
  if (plain === 'application/json' || plain === '') return false;
  return plain === 'application/yaml' ? true : undefined;
}

/** 415 for a body in a form that is not known. */
export function unknownFormat(accepted: readonly string[]): Refusal {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new Refusal(415, 'UnsupportedMediaType', message);
}

/** Reads an object of a type; undeclared fields are warned of or refused, as `fieldValidation` says. */
export function readObjectOf(
  type: ResourceType,
  value: Json,
  options: {
    readonly fieldValidation: string | undefined;
    readonly optionsKind: string;
    /** The text it was read from, where keys may stand twice. */
    readonly text?: string;
  },
): ReadObject {
  const mode = fieldValidation(options.fieldValidation, options.optionsKind);
  const source = checkKind(type, value);
  const { object, unknownFields } = decode(type, source);
  const doubled =
    options.text === undefined
      ? []
      : duplicateKeys(options.text).map((field) => `duplicate field "${field}"`);
  const unknown = [...doubled, ...[...unknownFields].map((field) => `unknown field "${field}"`)];
  if (mode === 'Strict' && unknown.length > 0) {
    const { kind, version } = type;
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${unknown.join(', ')}`,
    );
  }
  object['kind'] = type.kind;
  object['apiVersion'] = apiVersionOf(type);
  return { object, warnings: mode === 'Warn' ? unknown : [] };
}

function fieldValidation(mode: string | undefined, optionsKind: string): string {
  if (mode === undefined || mode === '') return 'Warn';
  if (['Ignore', 'Strict', 'Warn'].includes(mode)) return mode;
  throw invalidOption(
    optionsKind,
    fault.unsupported('fieldValidation', mode, ['', 'Ignore', 'Strict', 'Warn']),
  );
}

function checkKind(type: ResourceType, value: Json): JsonMap {
  const { kind, version } = type;
  if (!isMap(value)) {
    if (value === null) throw emptyBody(kind);
    throw badRequest(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type struct`,
    );
  }
  const given = textAt(value, 'kind');
  const givenVersion = textAt(value, 'apiVersion');
  if (type.custom !== undefined) checkCustomKind(type, given, givenVersion);
  else if (given !== '' && given !== kind) {
    throw badRequest(
      `${given} in version "${givenVersion || version}" cannot be handled as a ${kind}: converting (${givenVersion}.${given}) to (${kind}): unknown conversion`,
    );
  } else if (givenVersion !== '' && givenVersion !== apiVersionOf(type)) {
    throw badRequest(
      `the API version in the data (${givenVersion}) does not match the expected API version (${apiVersionOf(type)})`,
    );
  }
  return value;
}

function emptyBody(kind: string): Refusal {
  const why = `couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`;
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`);
}

function checkCustomKind(type: ResourceType, given: string, givenVersion: string): void {
  if (given === '') throw badRequest("Object 'Kind' is missing");
  if (givenVersion === '') throw badRequest("Object 'apiVersion' is missing");
  if (given !== type.kind || givenVersion !== apiVersionOf(type)) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${type.kind}): ${givenVersion}, Kind=${given}`,
    );
  }
}

function decode(type: ResourceType, value: JsonMap): { object: JsonMap; unknownFields: readonly string[] } {
  if (type.custom !== undefined) return decodeCustom(type.custom.schema, value, type.kind, type.version);
  if (type.schema !== undefined) return decodeBuiltin(type.schema, value, type.version);
  const object = copyJson(value) as JsonMap;
  object['metadata'] = decodeBuiltin(
    objectMetaSchema(),
    isMap(value['metadata']) ? value['metadata'] : {},
    type.version,
  ).object;
  return { object, unknownFields: [] };
}

/** An object of a type of which nothing is set; ownership of a new object is measured against it. */
export function emptyOf(type: ResourceType): JsonMap {
  const named: JsonMap = { kind: type.kind, apiVersion: apiVersionOf(type) };
  if (type.custom !== undefined || type.schema === undefined) return { ...named, metadata: {} };
  return { ...emptyObject(type.schema), ...named };
}
