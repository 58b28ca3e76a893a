import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { World } from '../world.ts';
import { findReleaseSource, type SourceOptions } from './release-source.ts';
import { runGit } from './run-git.ts';

const COMMIT = '5f2c7e1b9a40d3c86e7f1a2b3c4d5e6f70819203';

describe('where the code of a release comes from', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'source-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, ...args], {
      encoding: 'utf8',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_AUTHOR_DATE: '2026-11-20T10:00:00Z' },
    }).trim();
  const commitOne = async (): Promise<string> => {
    git('init', '--quiet', '--initial-branch', 'main');
    await writeFile(join(folder, 'sluice.yaml'), 'application: shop\n');
    git('add', '.');
    git(
      '-c',
      'user.name=ada',
      '-c',
      'user.email=ada@acme.example',
      'commit',
      '--quiet',
      '-m',
      'SHOP-42: pay\n\nWith two taps.',
    );
    return git('rev-parse', 'HEAD');
  };
  const find = (options: SourceOptions = {}, environment: World['environment'] = {}) =>
    findReleaseSource({ world: { environment, git: runGit } }, options, folder);

  it('is what git says of the folder, without the token in the address', async () => {
    const commit = await commitOne();
    git('remote', 'add', 'origin', 'https://x-access-token:ghs_secret@github.com/acme/shop.git');
    expect(await find()).toEqual({
      ok: true,
      value: {
        repository: 'https://github.com/acme/shop.git',
        commit,
        ref: 'main',
        message: 'SHOP-42: pay\n\nWith two taps.',
        authoredAt: Date.parse('2026-11-20T10:00:00Z'),
      },
    });
  });

  it('is no commit when the folder was changed since', async () => {
    await commitOne();
    await writeFile(join(folder, 'sluice.yaml'), 'application: shop2\n');
    expect(await find()).toEqual({ ok: true, value: { ref: 'main' } });
  });

  it('is not known where there is no repository, or when nobody is to know', async () => {
    expect(await find()).toEqual({ ok: true, value: undefined });
    await commitOne();
    expect(await find({ source: false })).toEqual({ ok: true, value: undefined });
  });

  it('is what GitHub Actions says', async () => {
    const environment = {
      GITHUB_ACTIONS: 'true',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_SHA: COMMIT,
      GITHUB_REF: 'refs/heads/main',
    };
    expect(await find({}, environment)).toEqual({
      ok: true,
      value: { repository: 'https://github.com/acme/shop', commit: COMMIT, ref: 'refs/heads/main' },
    });
  });

  it('is what GitLab CI says', async () => {
    const environment = {
      GITLAB_CI: 'true',
      CI_PROJECT_URL: 'https://gitlab.com/acme/shop',
      CI_COMMIT_SHA: COMMIT,
      CI_COMMIT_REF_NAME: 'v1.4.2',
      CI_COMMIT_TAG: 'v1.4.2',
      CI_COMMIT_MESSAGE: `SHOP-42: ${'x'.repeat(3_000)}`,
      CI_COMMIT_TIMESTAMP: '2026-11-20T10:00:00+01:00',
    };
    const found = await find({}, environment);
    expect(found).toMatchObject({
      ok: true,
      value: { commit: COMMIT, ref: 'refs/tags/v1.4.2', authoredAt: Date.parse('2026-11-20T09:00:00Z') },
    });
    expect(found.ok && found.value?.message).toHaveLength(2_000);
  });

  it('is what somebody says, before all else; and the message is that of this commit alone', async () => {
    await commitOne();
    const environment = { GITHUB_ACTIONS: 'true', GITHUB_SHA: 'a'.repeat(40), GITHUB_REF: 'refs/heads/main' };
    expect(await find({ commit: COMMIT, repository: 'acme/shop', ref: 'v2' }, environment)).toEqual({
      ok: true,
      value: { commit: COMMIT, repository: 'acme/shop', ref: 'v2' },
    });
  });

  it.each([
    { commit: 'main' },
    { commit: '--output=x' },
    { repository: 'https://ada:secret@github.com/acme/shop' },
  ])('is refused as %j', async (options) => {
    expect(await find(options)).toMatchObject({ ok: false, refused: { code: 'bad-source' } });
  });

  it('leaves out what was found and cannot be used', async () => {
    const environment = {
      GITLAB_CI: 'true',
      CI_PROJECT_URL: 'https://a:b@gitlab.com/x',
      CI_COMMIT_SHA: 'short',
    };
    expect(await find({}, environment)).toEqual({ ok: true, value: undefined });
  });
});
