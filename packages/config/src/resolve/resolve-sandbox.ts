import { assert } from '@sluice/core/kernel/assert.ts';
import { parseBytes } from '@sluice/core/kernel/quantity.ts';
import type { SandboxSpec } from '@sluice/core/tasks/sandbox-spec.ts';
import type { AgentsInput } from '../language/agents-language.ts';
import { DEFAULTS } from '../language/defaults.ts';

/** The sandbox of a component of agents; nothing where none is written. */
export function resolveSandbox({ sandbox }: Pick<AgentsInput, 'sandbox'>): {
  readonly sandbox?: SandboxSpec;
} {
  if (sandbox === undefined) return {};
  const { kind } = sandbox;
  return {
    sandbox: {
      kind,
      network: sandbox.network ?? (kind === 'bubblewrap' ? 'none' : 'host'),
      readable: sandbox.readable ?? [],
      writable: sandbox.writable ?? [],
      scratchBytes: sandbox.scratch ?? defaultScratch(),
      memoryPerProcessBytes: sandbox['memory-per-process'] ?? 0,
      processes: sandbox.processes ?? 0,
      openFiles: sandbox['open-files'] ?? 0,
      fileBytes: sandbox['file-size'] ?? 0,
    },
  };
}

function defaultScratch(): number {
  const bytes = parseBytes(DEFAULTS.agents.sandbox.scratch);
  assert(bytes !== undefined, 'the default of scratch is a size');
  return bytes;
}
