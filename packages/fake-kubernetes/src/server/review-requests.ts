import { type JsonMap, mapAt, textAt } from '../json/json-tree.ts';
import { manageUpdate } from '../managed/manage-update.ts';
import { renderManagers } from '../managed/field-ownership.ts';
import { FieldSet } from '../managed/field-set.ts';
import type { ResourceCall } from './api-call.ts';
import { type PlainResponse, jsonResponse } from './api-response.ts';
import { reviewAccess } from './authorize.ts';
import { type ClusterState, timestamp } from './cluster-state.ts';
import { emptyOf, parseBody, readObjectOf } from './object-codec.ts';
import { liveObject, managedSchema, writerOf } from './write-object.ts';

/** How long a token of a service account holds when nobody says. */
const tokenSeconds = 3600;

/** Answers kinds that are questions and never stored: reviews of access. */
export function answerReview(state: ClusterState, call: ResourceCall): PlainResponse | undefined {
  if (!/^(self)?subjectaccessreviews$|^localsubjectaccessreviews$/.test(call.type.resource)) return undefined;
  const options = { fieldValidation: call.query['fieldValidation'], optionsKind: 'CreateOptions' };
  const { object } = readObjectOf(call.type, parseBody(call.body), options);
  const managers = manageUpdate({
    schema: managedSchema(call),
    live: emptyOf(call.type),
    next: object,
    managers: new Map(),
    writer: writerOf(state, call),
    reset: new FieldSet(),
  });
  const metadata = { ...mapAt(object, 'metadata'), managedFields: renderManagers(managers) };
  return jsonResponse(201, { ...object, metadata, status: reviewAccess(state, object, call.user) });
}

/** Gives a token for a service account; it is known as long as the cluster lives. */
export function requestToken(
  state: ClusterState,
  call: ResourceCall,
  issue: (account: string) => string,
): PlainResponse {
  liveObject(state, call);
  const body = parseBody(call.body) as JsonMap | null;
  const seconds = mapAt(body ?? {}, 'spec')['expirationSeconds'] ?? tokenSeconds;
  const expirationTimestamp = timestamp({ now: () => state.now() + Number(seconds) * 1000 });
  const token = issue(`system:serviceaccount:${call.namespace}:${call.name}`);
  const metadata = { name: call.name, namespace: call.namespace, creationTimestamp: timestamp(state) };
  const spec = {
    audiences: ['https://kubernetes.default.svc'],
    expirationSeconds: seconds,
    boundObjectRef: null,
  };
  return jsonResponse(201, {
    kind: 'TokenRequest',
    apiVersion: textAt(body ?? {}, 'apiVersion') || 'authentication.k8s.io/v1',
    metadata,
    spec,
    status: { token, expirationTimestamp },
  });
}
