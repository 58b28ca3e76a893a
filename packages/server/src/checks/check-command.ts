import { tmpdir } from 'node:os';
import { formatDuration } from '@sluice/core/kernel/duration.ts';
import type { CheckSpec } from '@sluice/core/rollout/component-spec.ts';
import { originOf } from './check-instances.ts';
import type { CheckResult, CheckSubject } from './check-runner.ts';
import type { Endpoint } from './check-tcp.ts';
import { componentVariables, type ReadKeptSecret } from './component-variables.ts';
import { runCommand, type CommandEnd } from './run-command.ts';

type CommandCheck = Extract<CheckSpec, { kind: 'command' }>;

/** Variables of this process that commands inherit; everything else, such as our own secrets, stays here. */
const INHERITED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|TZ|TMPDIR|LC_\w+|SSL_CERT_\w+|NODE_EXTRA_CA_CERTS)$/;

/** What a command check works with. */
export interface CommandCheckOrder {
  readonly check: CommandCheck;
  readonly subject: CheckSubject;
  /** The instance whose address the command is told. */
  readonly candidate: Endpoint;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly readKept?: ReadKeptSecret | undefined;
}

/** Runs a command in the revision's folder; exit code 0 passes. */
export async function checkCommand(order: CommandCheckOrder, calledOff: AbortSignal): Promise<CheckResult> {
  const { check, subject } = order;
  const variables = await componentVariables(subject.revision.component, order.environment, order.readKept);
  const [unread] = Object.entries(variables.missing);
  if (unread) {
    const [name, reason] = unread;
    return {
      passed: false,
      message: `The command was not run: the secret ${name} has no value (${reason}).`,
    };
  }
  const late = AbortSignal.timeout(check.timeoutMs);
  const end = await runCommand(
    {
      command: check.command,
      // What is only an image has no folder; its commands are about its address.
      directory: subject.revision.directory ?? tmpdir(),
      variables: { ...inherited(order.environment), ...variables.env, ...variables.secrets, ...told(order) },
    },
    AbortSignal.any([calledOff, late]),
  );
  const words = end.words.shown(Object.values(variables.secrets));
  const outcome = outcomeOf(end, check, { late: late.aborted, calledOff: calledOff.aborted });
  return { passed: outcome.passed, message: `${outcome.words}${words === '' ? '' : `: ${words}`}` };
}

function inherited(environment: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  const entries = Object.entries(environment).filter(([name]) => INHERITED.test(name));
  return Object.fromEntries(entries) as Record<string, string>;
}

function told({ subject: { revision }, candidate }: CommandCheckOrder): Record<string, string> {
  return {
    CANDIDATE_URL: originOf(candidate),
    CANDIDATE_HOST: candidate.host,
    CANDIDATE_PORT: String(candidate.port),
    SLUICE_VERSION: revision.version,
    SLUICE_REVISION: revision.id,
  };
}

function outcomeOf(
  { exitCode, signal }: CommandEnd,
  { timeoutMs }: CommandCheck,
  stopped: { readonly late: boolean; readonly calledOff: boolean },
): { passed: boolean; words: string } {
  if (exitCode !== null) return { passed: exitCode === 0, words: `The command exited with code ${exitCode}` };
  if (stopped.calledOff) return { passed: false, words: 'The command was called off and killed' };
  if (!stopped.late) return { passed: false, words: `The command was ended by ${signal ?? 'a signal'}` };
  return { passed: false, words: `The command took longer than ${formatDuration(timeoutMs)} and was killed` };
}
