import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { usedKubeconfig } from './used-kubeconfig.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-kubeconfig-'));
  mkdirSync(join(folder, '.kube'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const used = (environment: Record<string, string>) =>
  usedKubeconfig({ environment, workingDirectory: folder });

test('the files of KUBECONFIG are used, and those that are not there are named', () => {
  writeFileSync(join(folder, 'eu.yaml'), '');
  expect(used({ KUBECONFIG: 'eu.yaml:/nowhere/us.yaml' })).toEqual({
    words: `${join(folder, 'eu.yaml')}, /nowhere/us.yaml  (from KUBECONFIG in the environment)`,
    absent: ['/nowhere/us.yaml'],
  });
});

test('without it the file in the home folder is, where there is one', () => {
  expect(used({ HOME: folder, KUBECONFIG: '' })).toEqual({ words: null, absent: [] });
  writeFileSync(join(folder, '.kube', 'config'), '');
  expect(used({ HOME: folder })).toEqual({ words: join(folder, '.kube', 'config'), absent: [] });
});
