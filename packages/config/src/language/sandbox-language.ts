import type { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { choice, definition, list, optional, record, required, textLeaf, whole } from './leaf.ts';
import { bytes } from './quantities.ts';

const { sandbox } = DEFAULTS.agents;

const absolutePath = () =>
  textLeaf({
    expects: 'an absolute path without "." and "..", such as /opt/models',
    pattern: /^\/[^\0]*$/,
    parse: (text) => (text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text),
  });

/** What keeps the workers of a component from the rest of their machine. */
export const sandboxLanguage = definition(
  'sandbox',
  'What keeps workers from the rest of their machine. What cannot be kept there is a reason not to start. `resources` hold in a sandbox for all processes of an instance together, by the kernel.',
  record({
    kind: required(choice('plain', 'bubblewrap'), {
      meaning:
        'plain: a process with limits, for code that may be wrong. bubblewrap: namespaces of its own, for code that may mean harm.',
      example: 'bubblewrap',
    }),
    network: optional(choice('none', 'host'), {
      meaning:
        'none: only Sluice itself can be reached. host: the network of the machine, everything on it included.',
      otherwise: 'none in bubblewrap, host for a plain process',
      example: 'host',
    }),
    readable: optional(list(absolutePath(), 'absolute paths'), {
      meaning: "What can be read beside the system's programs and the folder of the revision.",
      otherwise: 'nothing more',
      example: ['/opt/models'],
    }),
    writable: optional(list(absolutePath(), 'absolute paths'), {
      meaning: 'What can be written beside the scratch space, which ends with the process.',
      otherwise: 'nothing more',
      example: ['/var/lib/triage'],
    }),
    scratch: optional(bytes('1Mi', '64Gi'), {
      meaning: 'Room in /tmp and in /dev/shm, each; it is memory.',
      default: sandbox.scratch,
    }),
    'memory-per-process': optional(bytes('16Mi', '1024Gi'), {
      meaning:
        'Private memory of each process; needs no control groups, but ten processes have ten times as much. Node 24 sets 570Mi aside before it begins.',
      otherwise: 'no limit',
      example: '1Gi',
    }),
    processes: optional(whole(1, 100_000), {
      meaning: 'Processes and threads at the same time; a program of Node has about twelve.',
      otherwise: 'no limit',
      example: 64,
    }),
    'open-files': optional(whole(16, 1_000_000), {
      meaning: 'Files and connections that each process may have open.',
      otherwise: 'the limit of the host',
      example: 256,
    }),
    'file-size': optional(bytes('1Mi', '1024Gi'), {
      meaning: 'Largest file that may be written, the log included.',
      otherwise: 'no limit',
      example: '100Mi',
    }),
  }),
);

export type SandboxInput = z.output<typeof sandboxLanguage>;
