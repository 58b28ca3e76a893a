import { readFile } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { SecretReference } from '@sluice/core/rollout/secret-reference.ts';
import { troubleInWords } from './trouble-in-words.ts';

/** A component's variables as its processes see them. The values of secrets must never be printed. */
export interface ComponentVariables {
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Secrets without a value, with the reason in words. */
  readonly missing: Readonly<Record<string, string>>;
}

/** A secret larger than this is a mistake, for example a wrong path; in characters. */
export const SECRET_LIMIT = 64 * 1024;

/** A secret that lies neither in a file nor in the environment. */
export type KeptReference = Exclude<SecretReference, { readonly from: 'file' | 'environment' }>;

/**
 * Reads a secret that lies elsewhere.
 * @throws SluiceError why it has no value; never the value
 */
export type ReadKeptSecret = (reference: KeptReference) => Promise<string>;

const nowhere: ReadKeptSecret = async () => {
  throw new SluiceError('unsupported', 'this control plane keeps no secrets', { next: 'stop' });
};

/** Reads a component's secrets now, by reference; one that cannot be read is told, and fails nothing by itself. */
export async function componentVariables(
  component: Pick<ComponentSpec, 'env' | 'secrets'>,
  environment: Readonly<NodeJS.ProcessEnv>,
  readKept: ReadKeptSecret = nowhere,
): Promise<ComponentVariables> {
  const secrets: Record<string, string> = {};
  const missing: Record<string, string> = {};
  for (const [name, reference] of Object.entries(component.secrets)) {
    const found = await valueOf(reference, environment, readKept);
    if ('value' in found) secrets[name] = found.value;
    else missing[name] = found.reason;
  }
  return { env: component.env, secrets, missing };
}

/**
 * Reads secrets by reference, all of them.
 * @throws SluiceError `not-found` that names one without a value, and why
 */
export async function readToolSecrets(
  secrets: Readonly<Record<string, SecretReference>>,
  environment: Readonly<NodeJS.ProcessEnv>,
  readKept?: ReadKeptSecret,
): Promise<Readonly<Record<string, string>>> {
  const { secrets: values, missing } = await componentVariables({ env: {}, secrets }, environment, readKept);
  const [unread] = Object.entries(missing);
  if (unread === undefined) return values;
  const [name, reason] = unread;
  throw new SluiceError('not-found', `The secret ${name} has no value: ${reason}.`, { next: 'ask-human' });
}

/** The variables of a machine that is somebody else's: there are none, and what refers to its files has no value. */
export const FOREIGN_ENVIRONMENT: Readonly<NodeJS.ProcessEnv> = Object.freeze({});

type Found = { readonly value: string } | { readonly reason: string };

async function valueOf(
  reference: SecretReference,
  environment: Readonly<NodeJS.ProcessEnv>,
  readKept: ReadKeptSecret,
): Promise<Found> {
  if (reference.from === 'environment') {
    const value = environment[reference.name];
    return value === undefined ? { reason: `the environment has no variable ${reference.name}` } : { value };
  }
  if (reference.from !== 'file') {
    const read = readKept(reference).then((value) => ({ value }));
    return read.catch((thrown: unknown) => ({ reason: SluiceError.from(thrown, 'reading it').message }));
  }
  if (environment === FOREIGN_ENVIRONMENT)
    return { reason: 'files of the machine of the control plane are not those of this organisation' };
  try {
    const text = await readFile(reference.path, 'utf8');
    if (text.length > SECRET_LIMIT) return { reason: `${reference.path} is larger than a secret can be` };
    return { value: text.replace(/\r?\n$/, '') };
  } catch (thrown) {
    return { reason: `${reference.path} cannot be read: ${troubleInWords(thrown)}` };
  }
}
