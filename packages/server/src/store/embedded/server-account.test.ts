import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chooseServerAccount, requireRightToChangeUser } from './server-account.ts';

async function passwd(...lines: string[]): Promise<{ path: string; absent: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-passwd-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'passwd');
  await writeFile(path, lines.map((line) => `${line}\n`).join(''));
  return { path, absent: join(directory, 'data') };
}

const ROOT = 'root:x:0:0:root:/root:/bin/bash';
const NOBODY = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin';
const POSTGRES = 'postgres:x:101:104::/var/lib/postgresql:/bin/bash';

// Only root has a choice.
describe.runIf(process.geteuid?.() === 0)('the user of the server, for root', () => {
  it('is postgres where there is one', async () => {
    const { path, absent } = await passwd(ROOT, NOBODY, POSTGRES);
    expect(await chooseServerAccount(absent, path)).toEqual({ uid: 101, gid: 104, switched: true });
  });

  it('is uid 65534 where there is no postgres', async () => {
    const { path, absent } = await passwd(ROOT, NOBODY);
    expect(await chooseServerAccount(absent, path)).toEqual({ uid: 65_534, gid: 65_533, switched: true });
  });

  it('is never root: without another user the message says what to do', async () => {
    const { path, absent } = await passwd(ROOT, 'postgres:x:0:0::/:/bin/sh');
    await expect(chooseServerAccount(absent, path)).rejects.toThrow(
      /neither a user "postgres" nor uid 65534 to change to\. Add one \(useradd --system postgres\)/,
    );
  });

  it('is not root for data that belong to root', async () => {
    await expect(chooseServerAccount(tmpdir())).rejects.toThrow(/belongs to root.*chown -R postgres/);
  });
});

// Root is never its own choice.
describe.runIf(process.geteuid?.() !== 0)('the user of the server, for a plain user', () => {
  it('is that user', async () => {
    const { absent } = await passwd();
    expect(await chooseServerAccount(absent)).toEqual({
      uid: process.geteuid?.(),
      gid: process.getegid?.(),
      switched: false,
    });
  });
});

describe('the right of root to change users', () => {
  async function statusWith(capabilities: string): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-status-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const path = join(directory, 'status');
    await writeFile(path, `Name:\tnode\nCapPrm:\t0000000000000000\nCapEff:\t${capabilities}\nCapBnd:\tff\n`);
    return path;
  }

  it('is there with what a container has by default', async () => {
    await expect(requireRightToChangeUser(await statusWith('00000000a80425fb'))).resolves.toBeUndefined();
  });

  it('is missed by name, with the way out', async () => {
    await expect(requireRightToChangeUser(await statusWith('00000000a804253b'))).rejects.toThrow(
      /\(the capabilities SETGID, SETUID are missing\)\. Run as a plain user \(docker run --user, runAsUser\)/,
    );
  });

  it('is taken for granted where the kernel does not tell', async () => {
    await expect(requireRightToChangeUser('/nonexistent')).resolves.toBeUndefined();
  });
});
