import type { SandboxKind } from '@sluice/core/tasks/sandbox-spec.ts';
import type { SandboxLimits } from '../sandbox.ts';

/** What a sandbox of a kind is when nothing more is asked of it. */
export const noLimits = (kind: SandboxKind): SandboxLimits => ({
  kind,
  network: kind === 'plain' ? 'host' : 'none',
  readable: [],
  writable: [],
  scratchBytes: 16 * 1024 * 1024,
  memoryPerProcessBytes: 0,
  processes: 0,
  openFiles: 0,
  fileBytes: 0,
  memoryBytes: 0,
  cpuMillis: 0,
  cpuTimeMs: 0,
});
