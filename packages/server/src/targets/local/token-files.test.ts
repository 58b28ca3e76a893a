import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { workerTokenFile } from '@sluice/protocol/process/worker-token-file.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeTokenSeatsContract } from '../token-seats.contract.ts';
import { tokenFiles } from './token-files.ts';

const TRACK = trackId('shop', 'production', 'triage');
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-tokens-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describeTokenSeatsContract('files of a host', () => tokenFiles(directory));

test('a token lies in a file of its track that only its owner reads, in a folder with nothing else', async () => {
  await tokenFiles(directory).write(TRACK, 'slu_one');
  const file = workerTokenFile(directory, TRACK);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
  expect(await readdir(dirname(file))).toEqual(['token']);
});
