import { z } from 'zod';
import { databaseUseSchema } from './database-use.ts';
import { processIdentitySchema } from './process-identity.ts';

/** What a host says of itself in `host.json` once it is up; it takes the file away when it ends in order. */
export const hostAnnouncementSchema = processIdentitySchema.extend({
  /** Path of the unix socket that it answers the control plane on. */
  socket: z.string(),
  routerPort: z.int(),
  routerWorkers: z.int(),
});
/** What a host says of itself in `host.json` once it is up. */
export type HostAnnouncement = z.infer<typeof hostAnnouncementSchema>;

/** What a control plane says of itself in `server.json` once it is up; the last word stays there when it has ended. */
export const serverAnnouncementSchema = processIdentitySchema.extend({
  apiPort: z.int(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  database: databaseUseSchema,
});
/** What a control plane says of itself in `server.json` once it is up. */
export type ServerAnnouncement = z.infer<typeof serverAnnouncementSchema>;

/** The exit code of a daemon that found another one of its kind at work in its directory. */
export const DIRECTORY_IN_USE_EXIT = 3;
