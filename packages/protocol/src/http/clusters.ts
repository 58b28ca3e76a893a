/** Clusters that people have registered, and whether Sluice can work with them. */
import { z } from 'zod';

/** The names of clusters: DNS labels in lower case, as other names are. */
export const clusterNameSchema = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
  .describe('A name of lower-case letters, digits and "-", at most 63 long.');

const fact = (what: string) => z.string().min(1).max(100).describe(what);

/** By what Sluice is let into a cluster: always where that is kept, never the token or key itself. */
export const credentialsReferenceSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('kubeconfig'),
      path: z
        .string()
        .startsWith('/')
        .max(4096)
        .optional()
        .describe(
          "Absolute path on the server's machine; default: the files of KUBECONFIG, or ~/.kube/config.",
        ),
      context: fact('A context of the file; default: its current one.').max(253).optional(),
    }),
    z.strictObject({ kind: z.literal('in-cluster') }),
  ])
  .meta({ id: 'CredentialsReference' });
/** Where that is kept by which Sluice is let into a cluster. */
export type CredentialsReference = z.infer<typeof credentialsReferenceSchema>;

const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');

/** Registers a cluster, or changes how it is registered. */
export const clusterRequestSchema = z
  .strictObject({
    credentials: credentialsReferenceSchema,
    region: fact('Where it is, for people: `eu-central-1`.').optional(),
    provider: fact('Who runs it, for people: `gke`.').optional(),
    by,
  })
  .meta({ id: 'ClusterRequest' });
/** A request to register a cluster, with every default filled in. */
export type ClusterRequest = z.infer<typeof clusterRequestSchema>;

/** A cluster that was registered. */
export const clusterSchema = z
  .object({
    name: z.string(),
    region: z.string().nullable(),
    provider: z.string().nullable(),
    credentials: credentialsReferenceSchema,
    createdAt: z.int().describe('When it was first registered, in milliseconds since the epoch.'),
  })
  .meta({ id: 'Cluster' });
/** A registered cluster on the wire. */
export type ClusterView = z.infer<typeof clusterSchema>;

/** Clusters in the order of their names. */
export const clusterPageSchema = z
  .object({
    items: z.array(clusterSchema),
    next: z.string().nullable().describe('Give it as `cursor` to go on; null at the end.'),
  })
  .meta({ id: 'ClusterPage' });

/** An API that is no part of Kubernetes itself, and whether the cluster has it. */
export const clusterApiSchema = z.object({
  name: z.string().describe('`Gateway API`'),
  apiVersion: z.string(),
  kind: z.string(),
  served: z.boolean(),
  neededBy: z.array(z.string()).describe('Tracks that cannot be released without it.'),
});

/** A thing that Sluice may not do and has to. */
export const missingPermissionSchema = z.object({
  verb: z.string(),
  group: z.string().describe('Empty for the core.'),
  resource: z.string().describe('Plural, with the part after a slash where one is meant: `pods/log`.'),
  namespace: z.string(),
  why: z.string().describe('What it is needed for.'),
});

/** Whether Sluice can work with a cluster now, and what is missing. */
export const clusterHealthSchema = z
  .object({
    name: z.string(),
    reachable: z.boolean(),
    detail: z.string().nullable().describe('Why it cannot be reached; null when it can.'),
    seenAt: z
      .number()
      .nullable()
      .default(null)
      .describe('When it last answered the server that tells this, in milliseconds since the epoch.'),
    version: z.string().nullable().describe('Of its API server: `v1.34.1`.'),
    user: z.string().nullable().describe('As whom it knows Sluice.'),
    namespaces: z.array(z.string()).describe('Those that permissions were looked at in.'),
    apis: z.array(clusterApiSchema),
    missing: z.array(missingPermissionSchema),
    roles: z
      .array(z.record(z.string(), z.unknown()))
      .describe(
        'The Roles that grant all that is needed, and who they are bound to; empty when nothing is missing.',
      ),
  })
  .meta({ id: 'ClusterHealth' });
/** Whether Sluice can work with a cluster. */
export type ClusterHealthView = z.infer<typeof clusterHealthSchema>;
