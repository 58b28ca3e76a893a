import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Where a host keeps what it knows, below its one directory. */
export interface HostPaths {
  readonly directory: string;
  /** 16 hex digits that stand for the directory in the marks of its processes. */
  readonly directoryHash: string;
  readonly hostFile: string;
  readonly stateFolder: string;
  readonly logFolder: string;
  readonly routerState: string;
  readonly ledgerHeads: string;
}

/** The layout of a host's directory; `directory` is absolute and free of links, so that one folder has one hash. */
export function hostPaths(directory: string): HostPaths {
  return {
    directory,
    directoryHash: createHash('sha256').update(directory).digest('hex').slice(0, 16),
    hostFile: join(directory, 'host.json'),
    stateFolder: join(directory, 'state'),
    logFolder: join(directory, 'logs'),
    routerState: join(directory, 'router.json'),
    ledgerHeads: join(directory, 'ledger-heads.json'),
  };
}

/** A track id as one file name: `shop/production/web` becomes `shop%2Fproduction%2Fweb`. */
export const trackFileName = (track: string): string => encodeURIComponent(track).replace(/^\./, '%2E');

/** The folder of a revision's logs. */
export const revisionLogFolder = (paths: HostPaths, track: string, revision: string): string =>
  join(paths.logFolder, trackFileName(track), revision);

/** The file that one instance of a revision writes to. */
export const instanceLogFile = (
  paths: HostPaths,
  track: string,
  revision: string,
  instance: number,
): string => join(revisionLogFolder(paths, track, revision), `${instance}.log`);
