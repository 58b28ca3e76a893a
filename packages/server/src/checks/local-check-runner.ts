import { type FindWay, isWayBlocked } from './ask-pods.ts';
import { checkCommand } from './check-command.ts';
import { checkInstances } from './check-instances.ts';
import type { CheckResult, CheckRunner } from './check-runner.ts';
import type { AddressJudge } from '../outgoing/address-judge.ts';
import { reachNeed } from './needs/reach-need.ts';
import type { ReadKeptSecret } from './component-variables.ts';
import { troubleInWords } from './trouble-in-words.ts';

/** What a runner on this machine works with. */
export interface LocalCheckRunnerOptions {
  /** Where secrets that are read `from: environment` come from; commands inherit a few harmless variables of it. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Reads secrets that lie neither in files nor in the environment; there are none without. */
  readonly readKept?: ReadKeptSecret;
  /** How instances are asked over HTTP that are not on this machine; at their addresses where nothing is said. */
  readonly wayTo?: FindWay;
  /** Says where may be connected to, but for what runs on this machine, and may connect to everything from there. */
  readonly judge?: AddressJudge;
  /** Clusters belong to somebody else than this machine: what they say of the addresses of instances is judged, too. */
  readonly isForeign?: boolean;
}

const directly: FindWay = async () => null;

/**
 * Runs checks from this machine, which holds the candidate's folder and must be able to reach its instances, but for those
 * that are asked over HTTP some other way.
 */
export const localCheckRunner = ({
  environment,
  readKept,
  wayTo = directly,
  judge,
  isForeign = false,
}: LocalCheckRunnerOptions): CheckRunner => ({
  run: (check, subject, signal) =>
    neverThrowing(async () => {
      const [candidate] = subject.endpoints;
      if (candidate === undefined) return noneReady(subject.revision.version);
      if (check.kind === 'command')
        return checkCommand({ check, subject, candidate, environment, readKept }, signal);
      return checkInstances(check, subject, {
        calledOff: signal,
        wayTo,
        judge: isForeign ? judge : undefined,
      });
    }),
  reach: (need, revision, signal) =>
    neverThrowing(() => {
      const { component } = revision;
      const judged = component.workload.on === 'cluster' ? judge : undefined;
      return reachNeed({ need, component, environment, readKept, judge: judged }, signal);
    }),
});

const noneReady = (version: string): CheckResult => ({
  passed: false,
  message: `No instance of ${version} is ready, so there was nothing to check.`,
});

async function neverThrowing(work: () => Promise<CheckResult>): Promise<CheckResult> {
  try {
    return await work();
  } catch (thrown) {
    if (isWayBlocked(thrown)) throw thrown;
    return { passed: false, message: `It could not be run: ${troubleInWords(thrown)}.` };
  }
}
