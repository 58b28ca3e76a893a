import type { Refusal } from '@sluice/core/kernel/result.ts';
import { TOOL_LIMITS } from '@sluice/core/tasks/tool-definition.ts';
import { refusedWith } from '../rollouts/problems.ts';

/** There is no such version of a tool. */
export const unknownTool = (name: string, version: string) =>
  refusedWith(404, 'not-found', {
    title: 'Not found',
    detail: `The tool ${name}@${version} is not registered.`,
    remedy: '`sluice tools list` shows those that are.',
  });

/** The version is taken by another definition. */
export const anotherThere = (reference: string) =>
  refusedWith(409, 'already-registered', {
    title: 'Not possible now',
    detail: `${reference} is registered already, with another definition; a version never changes.`,
    remedy: 'Register it as another version, and name that in sluice.yaml.',
  });

/** A schema that cannot be used. */
export const unusableSchema = (reference: string, what: string, { message, remedy }: Refusal) =>
  refusedWith(422, 'invalid-schema', {
    title: 'Not a schema',
    detail: `The ${what} of ${reference}: ${message}`,
    remedy,
  });

/** There are as many tools as there may be. */
export const tooMany = () =>
  refusedWith(409, 'limit-tools', {
    title: 'Too many tools',
    detail: `${TOOL_LIMITS.registered} versions of tools are registered, which are the most.`,
    remedy: 'Remove those that nobody uses, with `sluice tools remove`.',
  });

/** An MCP server that gives no tools. */
export const notImported = (detail: string, remedy: string) =>
  refusedWith(422, 'not-imported', { title: 'No tools', detail, remedy });

/** The machine of the control plane is another organisation's. */
export const foreignMachine = (what: string) =>
  refusedWith(422, 'foreign-machine', {
    title: 'The machine belongs to others',
    detail: `${what} on the machine of the control plane, which is not one of this organisation.`,
    remedy:
      'Use a server over HTTP, and secrets that are kept (`sluice secrets set`), or let workers call the tool themselves.',
  });
