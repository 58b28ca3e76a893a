import { formatDuration } from '@sluice/core/kernel/duration.ts';
import { refuse } from '@sluice/core/kernel/result.ts';
import { TOOL_LIMITS } from '@sluice/core/tasks/tool-definition.ts';
import { type ToolReference, toolReferenceText } from '@sluice/core/tasks/tool-spec.ts';

/** The attempt is not the one that has the task. */
export const leaseLost = (taskId: string, attempt: number) =>
  refuse(
    'lease-lost',
    `Attempt ${attempt} at the task ${taskId} has no lease, so that no tool is called for it.`,
    'Stop the attempt: somebody else has the task, or it has ended.',
  );

/** The agents of the component may not call this. */
export const notPermitted = (name: string, agent: string, known: readonly string[]) =>
  refuse(
    'not-permitted',
    `The agents of ${agent} may not call a tool ${name}.`,
    known.length === 0
      ? 'Declare it under `agents.tools` in sluice.yaml, and release that.'
      : `They may call ${known.join(', ')}; declare others under \`agents.tools\` in sluice.yaml, and release that.`,
  );

/** None of those that serve a tool is there. */
export const noneThere = (name: string, reasons: readonly string[]) =>
  refuse(
    'no-such-tool',
    `Nothing serves the tool ${name}: ${reasons.join('; ')}.`,
    'Register it with `sluice tools add`; a tool of kind worker is declared as `tools` of `startWorker`.',
  );

/** What is said of one that is not registered. */
export const notRegistered = (reference: ToolReference): string =>
  `${toolReferenceText(reference)} is not registered`;

/** It was called with something that it does not take. */
export const wrongArguments = (name: string, fault: string) =>
  refuse(
    'invalid-arguments',
    `The tool ${name} does not take these arguments: ${fault}.`,
    'Its schema stands in `sluice tools show`.',
  );

/** Arguments are too large. */
export const argumentsTooLarge = (name: string, bytes: number) =>
  refuse(
    'invalid-arguments',
    `The arguments for the tool ${name} have ${bytes} bytes of JSON, and ${TOOL_LIMITS.argumentsBytes} are the most.`,
    'Keep what is large elsewhere, and hand its address on.',
  );

/** The task is only compared. */
export const mayNotAct = (name: string) =>
  refuse(
    'may-not-act',
    `The task may do nothing that others notice, and the tool ${name} may.`,
    'Look at `mayAct` of the task before, or register the tool as read only where that is true.',
  );

/** A hook forbids it. */
export const forbidden = (what: string, hook: string, message: string) =>
  refuse(
    'forbidden',
    `The hook ${hook} forbids ${what}${message === '' ? '' : `: ${message.replace(/\.$/, '')}`}.`,
    'Ask those whose hook it is; `sluice tools hooks` shows what it said.',
  );

/** The same name was used for another call. */
export const callDiffers = (call: string, name: string) =>
  refuse(
    'already-called',
    `The task has called ${name} as ${call} before, with other arguments.`,
    'Give each call an idempotency key of its own; the same one is for the same call alone.',
  );

/** Somebody makes this call at the moment. */
export const underWay = (call: string) =>
  refuse(
    'busy',
    `The call ${call} of this task is under way.`,
    'Ask again in a moment for what comes of it.',
  );

/** Nobody knows whether a call took effect. */
export const outcomeUnknown = (name: string) =>
  refuse(
    'outcome-unknown',
    `A call of ${name} began, and whoever made it is gone, so that nobody knows whether it took effect. It is not made again.`,
    'Look at what the tool has done, and go on by hand; a tool that is registered as idempotent is called again by itself.',
  );

/** It runs in a circle. */
export const tooManyCalls = () =>
  refuse(
    'limit-tool-calls',
    `The attempt has made ${TOOL_LIMITS.callsOfAttempt} calls of tools, which are the most.`,
    'Look at `sluice tools calls` for what it repeats, and divide the work into more tasks.',
  );

/** All that serve a tool are left alone for a while. */
export const leftAlone = (waitMs: number): string =>
  `it has failed too often, and is left alone for ${formatDuration(Math.max(1, Math.ceil(waitMs / 1_000)) * 1_000)} more`;

/** The only one that serves a tool is left alone for a while. */
export const shut = (name: string, waitMs: number) =>
  refuse(
    'left-alone',
    `Nothing serves the tool ${name} at the moment: ${leftAlone(waitMs)}.`,
    'Try again later; `sluice tools list` shows which tools are left alone.',
  );
