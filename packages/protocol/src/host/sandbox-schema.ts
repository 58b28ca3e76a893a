import { z } from 'zod';

/** What a host keeps the processes of a revision to. A limit of 0 is none; one that it cannot keep is a refusal. */
export const sandboxSchema = z.strictObject({
  kind: z.enum(['plain', 'bubblewrap']),
  /** `none` leaves only the socket of the control plane. */
  network: z.enum(['none', 'host']),
  readable: z.array(z.string()),
  writable: z.array(z.string()),
  scratchBytes: z.int().positive(),
  memoryPerProcessBytes: z.int().min(0),
  processes: z.int().min(0),
  openFiles: z.int().min(0),
  fileBytes: z.int().min(0),
});
export type SandboxRun = z.infer<typeof sandboxSchema>;
