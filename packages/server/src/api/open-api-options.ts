import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import manifest from '../../package.json' with { type: 'json' };
import { documentLimits } from './document-limits.ts';
import { EXPOSURE } from './exposure.ts';
import { tidyDocument } from './tidy-document.ts';

const TAGS = [
  { name: 'releases', description: 'Bring a new version out.' },
  { name: 'tracks', description: 'A track is one component in one environment.' },
  { name: 'rollouts', description: 'A rollout is one release of one component, from request to end.' },
  { name: 'events', description: 'What happens, as it happens.' },
  { name: 'tasks', description: 'What agents are given to do, where it waits, and who does it.' },
  { name: 'workflows', description: 'Tasks that wait for each other, and spawn others.' },
  { name: 'tools', description: 'What agents may call, what they called, and what hooks said.' },
  { name: 'memory', description: 'What agents remember from one task to the next.' },
  { name: 'ledger', description: 'Who did what; append-only, a Merkle tree with signed heads.' },
  { name: 'clusters', description: 'Clusters that are known by a name.' },
  { name: 'health', description: 'For those who run the control plane.' },
];

/** How the OpenAPI document is made from the schemas of the operations. */
export function openApiOptions(): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sluice',
        version: manifest.version,
        description: `The API of the Sluice control plane. Refusals are problems by RFC 9457. ${EXPOSURE}`,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: 'http://127.0.0.1:7070', description: 'The default address of `sluice up`.' }],
      tags: TAGS,
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => documentLimits(tidyDocument(jsonSchemaTransformObject(document))),
  };
}
