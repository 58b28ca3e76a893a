import type { Json, JsonMap } from '../json/json-tree.ts';

/** One reason why an object was refused, as it stands in `details.causes`. */
export interface FieldFault {
  /** For example `FieldValueInvalid`. */
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** An answer that says no: a `Status` object with an HTTP status. It is thrown from where it is known to where it is sent. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: JsonMap;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    reason: string | undefined,
    message: string,
    details?: JsonMap,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code: status,
    };
  }
}

/** The names of a resource as they stand in refusals. */
export interface NamedResource {
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
}

/** `deployments.apps`, or `configmaps` in the core group. */
export function qualified(name: string, group: string): string {
  return group === '' ? name : `${name}.${group}`;
}

function detailsOf(name: string, group: string, kind: string, more: JsonMap = {}): JsonMap {
  return {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(kind === '' ? {} : { kind }),
    ...more,
  };
}

/** 400 for a request that cannot be understood. */
export function badRequest(message: string): Refusal {
  return new Refusal(400, 'BadRequest', message);
}

/** 500 without a reason, as plain Go errors come through. */
export function plainError(message: string): Refusal {
  return new Refusal(500, undefined, message);
}

/** 500 with reason InternalError. */
export function internalError(message: string): Refusal {
  return new Refusal(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** 404 for an object. */
export function notFound({ group, resource }: NamedResource, name: string): Refusal {
  const message = `${qualified(resource, group)} "${name}" not found`;
  return new Refusal(404, 'NotFound', message, detailsOf(name, group, resource));
}

/** 404 for a path that nothing serves. */
export function nothingServed(): Refusal {
  return new Refusal(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** 409 because the name is taken. */
export function alreadyExists({ group, resource }: NamedResource, name: string, leaving: boolean): Refusal {
  const plain = `${qualified(resource, group)} "${name}" already exists`;
  const message = leaving ? `object is being deleted: ${plain}` : plain;
  return new Refusal(409, 'AlreadyExists', message, detailsOf(name, group, resource));
}

/** 409 because the object is another than was thought. */
export function conflict(group: string, resourceOrKind: string, name: string, why: string): Refusal {
  const message = `Operation cannot be fulfilled on ${qualified(resourceOrKind, group)} "${name}": ${why}`;
  return new Refusal(409, 'Conflict', message, detailsOf(name, group, resourceOrKind));
}

/** Why an update with an old version is refused. */
export const staleVersion =
  'the object has been modified; please apply your changes to the latest version and try again';

/** 403 with words of admission or authorization. */
export function forbidden(
  { group, resource }: NamedResource,
  name: string,
  why: string,
  more: JsonMap = {},
): Refusal {
  const subject = name === '' ? qualified(resource, group) : `${qualified(resource, group)} "${name}"`;
  const message = `${subject} is forbidden: ${why}`;
  return new Refusal(403, 'Forbidden', message, detailsOf(name, group, resource, more));
}

/** 422 with all that is wrong with an object. */
export function invalid(group: string, kind: string, name: string, faults: readonly FieldFault[]): Refusal {
  const told = faults.map(({ field, message }) => `${field}: ${message}`);
  const list = told.length === 1 ? (told[0] ?? '') : `[${told.join(', ')}]`;
  const causes: Json[] = faults.map(({ reason, message, field }) => ({ reason, message, field }));
  const message = `${qualified(kind, group)} "${name}" is invalid: ${list}`;
  return new Refusal(422, 'Invalid', message, detailsOf(name, group, kind, { causes }));
}

/** 422 for an option of the request, for example of `CreateOptions`. */
export function invalidOption(kind: string, fault: FieldFault): Refusal {
  return invalid('meta.k8s.io', kind, '', [fault]);
}

/** 422 for a JSON patch that cannot be carried out; the server says no more. */
export function unprocessable(): Refusal {
  const message = 'the server rejected our request due to an error in our request';
  return new Refusal(422, 'Invalid', message, {});
}

/** 410: a version or a token that the store has forgotten. */
export function expired(message: string, more: { readonly continue?: string } = {}): Refusal {
  const refusal = new Refusal(410, 'Expired', message);
  if (more.continue !== undefined) refusal.body['metadata'] = { continue: more.continue };
  return refusal;
}

/** Faults in the words of the server. */
export const fault = {
  required: (field: string, more = ''): FieldFault => ({
    reason: 'FieldValueRequired',
    field,
    message: more === '' ? 'Required value' : `Required value: ${more}`,
  }),
  invalid: (field: string, value: Json | undefined, why: string): FieldFault => ({
    reason: 'FieldValueInvalid',
    field,
    message: `Invalid value: ${JSON.stringify(value ?? null)}: ${why}`,
  }),
  forbidden: (field: string, why: string): FieldFault => ({
    reason: 'FieldValueForbidden',
    field,
    message: `Forbidden: ${why}`,
  }),
  duplicate: (field: string, value: Json): FieldFault => ({
    reason: 'FieldValueDuplicate',
    field,
    message: `Duplicate value: ${JSON.stringify(value)}`,
  }),
  notFound: (field: string, value: Json): FieldFault => ({
    reason: 'FieldValueNotFound',
    field,
    message: `Not found: ${JSON.stringify(value)}`,
  }),
  unsupported: (field: string, value: Json, supported: readonly string[]): FieldFault => ({
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported
      .map((one) => JSON.stringify(one))
      .join(', ')}`,
  }),
  tooLong: (field: string, limit: number): FieldFault => ({
    reason: 'FieldValueTooLong',
    field,
    message: `Too long: may not be more than ${limit} bytes`,
  }),
};
