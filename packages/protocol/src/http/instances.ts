/** What runs where: machines, and the instances of components on machines and in clusters. */
import { z } from 'zod';
import { revisionStatusSchema } from './views.ts';

const instant = z.number().describe('Milliseconds since the epoch.');

/** One process or pod of a revision. */
export const instanceSchema = z
  .object({
    name: z.string().describe('Its number on a machine, the name of its pod in a cluster.'),
    state: z
      .enum(['starting', 'ready', 'unready', 'backoff', 'draining', 'stopped'])
      .describe('`backoff`: it ended by itself and is started again after a pause.'),
    reason: z.string().nullable().describe('Why it is not ready, or how it ended last.'),
    address: z.string().nullable().describe('`127.0.0.1:4100`'),
    pid: z.int().nullable().describe('Null in a cluster.'),
    node: z.string().nullable().describe('Of a cluster; null on a machine.'),
    startedAt: instant.nullable(),
    restarts: z.int().describe('Starts after the first that nobody ordered.'),
    cpuMillis: z.int().nullable().describe('Thousandths of a processor; null where nobody measures it.'),
    memoryBytes: z.number().nullable(),
  })
  .meta({ id: 'Instance' });
/** An instance on the wire. */
export type InstanceView = z.infer<typeof instanceSchema>;

/** Where a revision runs. */
export const whereaboutsSchema = z
  .discriminatedUnion('on', [
    z.object({ on: z.literal('machine') }),
    z.object({ on: z.literal('cluster'), cluster: z.string(), namespace: z.string() }),
  ])
  .meta({ id: 'Whereabouts' });
/** The place of a revision on the wire. */
export type WhereaboutsView = z.infer<typeof whereaboutsSchema>;

/** A revision with its instances. */
export const revisionInstancesSchema = z
  .object({
    ...revisionStatusSchema.pick({ revision: true, version: true, role: true, ordered: true }).shape,
    shareBasisPoints: z.int().describe('What the router was told to send it.'),
    where: whereaboutsSchema,
    resources: z
      .object({
        cpuMillis: z.int().describe('0: no limit.'),
        memoryBytes: z.number().describe('0: no limit.'),
      })
      .describe('The limits of each instance.'),
    instances: z.array(instanceSchema),
    unreachable: z.string().nullable().describe('Why its instances are not known now; null when they are.'),
  })
  .meta({ id: 'RevisionInstances' });
/** A revision with its instances on the wire. */
export type RevisionInstancesView = z.infer<typeof revisionInstancesSchema>;

/** What runs of one component. */
export const trackInstancesSchema = z
  .object({
    track: z.string(),
    splitConfirmed: z.boolean().describe('Whether every router has the split that was ordered last.'),
    revisions: z.array(revisionInstancesSchema),
  })
  .meta({ id: 'TrackInstances' });
/** What runs of one component on the wire. */
export type TrackInstancesView = z.infer<typeof trackInstancesSchema>;

/** Components with their instances, in the order of their ids. */
export const trackInstancesPageSchema = z
  .object({
    items: z.array(trackInstancesSchema),
    next: z.string().nullable().describe('Give it as `cursor` to go on; null at the end.'),
  })
  .meta({ id: 'TrackInstancesPage' });

/** A machine that runs revisions as processes. */
export const hostSchema = z
  .object({
    name: z.string(),
    reachable: z.boolean(),
    detail: z.string().nullable().describe('Why it does not answer; null when it does.'),
    seenAt: instant.nullable().describe('When it last answered this server.'),
    version: z.string().nullable(),
    pid: z.int().nullable(),
    startedAt: instant.nullable(),
    router: z
      .object({ port: z.int(), ready: z.int(), starting: z.int() })
      .nullable()
      .describe('Where requests come in, and how many workers take them.'),
    machine: z
      .object({
        processors: z.int(),
        load: z.number().describe('Processes that wanted a processor, on average over a minute.'),
        memoryBytes: z.number(),
        freeMemoryBytes: z.number(),
      })
      .nullable(),
  })
  .meta({ id: 'Host' });
/** A machine on the wire. */
export type HostView = z.infer<typeof hostSchema>;

/** The machines of a control plane, those that do not answer among them. */
export const hostListSchema = z.object({ items: z.array(hostSchema) }).meta({ id: 'HostList' });
