import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UnaryRequest } from '@connectrpc/connect';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { showToken } from './show-token.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-token-'));
  file = join(directory, 'token');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** What a server would see of a call. */
async function shown(): Promise<string | null> {
  const header = new Headers();
  const call = showToken(file)(async () => ({}) as never);
  await call({ header } as UnaryRequest);
  return header.get('authorization');
}

test('the token of the moment is shown with each call, whatever was shown before', async () => {
  await writeFile(file, 'slu_one\n');
  expect(await shown()).toBe('Bearer slu_one');
  await writeFile(file, 'slu_two');
  expect(await shown()).toBe('Bearer slu_two');
});

test('the answer of `sluice token create` may lie there as it is', async () => {
  await writeFile(file, 'slu_one\nThe token ci expires in 90 days. It is not shown again.\n');
  expect(await shown()).toBe('Bearer slu_one');
});

test('without a token nothing is shown, and the server says what it wants', async () => {
  expect(await shown()).toBeNull();
  await writeFile(file, '\n');
  expect(await shown()).toBeNull();
});
