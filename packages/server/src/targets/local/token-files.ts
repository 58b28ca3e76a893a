import { putTokenFile, readTokenFile, workerTokenFile } from '@sluice/protocol/process/worker-token-file.ts';
import type { TokenSeats } from '../token-seats.ts';

/** Tokens of workers in files below the directory of the host, which shows each to the processes of its track. */
export const tokenFiles = (hostDirectory: string): TokenSeats => ({
  read: (track) => readTokenFile(workerTokenFile(hostDirectory, track)),
  write: (track, token) => putTokenFile(workerTokenFile(hostDirectory, track), token),
});
