import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The directory that is meant when none is given: `SLUICE_HOME`, else `~/.sluice`. */
export const defaultDirectory = (environment: Readonly<Record<string, string | undefined>>): string =>
  resolve(environment['SLUICE_HOME'] || join(homedir(), '.sluice'));
