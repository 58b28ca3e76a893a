import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examineMachine } from '../machine/sandbox-machine.ts';
import { describeSandboxContract, isRefused, seen } from '../sandbox.contract.ts';
import { launchers, SandboxRig, SECRET } from '../testing/sandbox-rig.ts';

const { bubblewrap } = await examineMachine();
const { possible, lacking } = launchers();
if (!bubblewrap.usable) reportSkip(`sandboxes of bubblewrap: ${bubblewrap.reason}`);
else if (lacking !== null) reportSkip(`sandboxes of bubblewrap of two users: ${lacking}`);
const able = bubblewrap.usable ? possible : [];

for (const launcher of able) describeSandboxContract('bubblewrap', launcher);

describe.each(able)('a hostile program in bubblewrap, launched by %s', (launcher) => {
  let rig: SandboxRig;
  beforeAll(() => {
    rig = new SandboxRig('bubblewrap', launcher);
  });
  afterAll(() => rig.close());
  const says = async (script: string, more = {}): Promise<string> => {
    const told = await rig.shell(script, more);
    return isRefused(told) ? told.refusal.message : `${told.output}${told.errorOutput}`;
  };

  it('reads no file of the machine that it was not given', async () => {
    const found = await says(
      'cat /etc/shadow /root/.bashrc; ls /home /root /work /srv /var/lib /etc/ssh; ls /tmp',
    );
    expect(found.match(/No such file/g)).toHaveLength(8);
  });

  it('sees no environment of its launcher through /proc, and no process beside its own', async () => {
    const found = await says('cat /proc/[0-9]*/environ; ls -d /proc/[0-9]* | wc -l');
    expect(found).not.toContain(SECRET);
    expect(Number(/(\d+)\s*$/.exec(found)?.[1])).toBeLessThanOrEqual(5);
  });

  it('changes nothing outside its scratch space: not its folder, not the system, not the kernel', async () => {
    writeFileSync(join(rig.directory, 'code.js'), 'mine');
    const targets = [
      'code.js',
      '/usr/bin/x',
      '/etc/x',
      '/x',
      '/dev/x',
      '/run/x',
      '/proc/sys/kernel/hostname',
    ];
    const attempts = targets.map((path) => `(echo evil > ${path}) 2>/dev/null && echo wrote ${path}`);
    // The value that is there: a test that finds a hole must not leave it behind.
    attempts.push(
      '(cat /proc/sys/kernel/core_pattern > /proc/sys/kernel/core_pattern) 2>/dev/null && echo wrote the kernel',
    );
    attempts.push('echo fine > /tmp/x && echo wrote scratch');
    expect(await says(attempts.join('; '))).toBe('wrote scratch\n');
    expect(readFileSync(join(rig.directory, 'code.js'), 'utf8')).toBe('mine');
  });

  it('has no rights, gets none, and makes no namespace in which it would have some', async () => {
    const found = await says(
      "grep -E 'Cap(Prm|Eff|Bnd)|NoNewPrivs' /proc/self/status; unshare -Ur true && echo unshared; mount -t tmpfs none /tmp && echo mounted; mount -o remount,rw / && echo remounted; chroot / && echo rooted",
    );
    expect(found.match(/Cap\w+:\s+0{16}/g)).toHaveLength(3);
    expect(found).toMatch(/NoNewPrivs:\s+1/);
    expect(found).not.toMatch(/unshared|mounted|remounted|rooted/);
  });

  it('fills no memory by files beyond its scratch space', async () => {
    const found = await says(
      'for d in /tmp /dev/shm; do head -c 100000000 /dev/zero > $d/fill; wc -c < $d/fill; done 2>/dev/null',
      { limits: { scratchBytes: 8 * 1024 * 1024 } },
    );
    for (const size of found.trim().split(/\s+/)) expect(Number(size)).toBeLessThanOrEqual(8 * 1024 * 1024);
  });

  it('opens no connection, not to the machine either, where it has no network', async () => {
    const server = createServer((socket) => socket.end('reached'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const connect = `require('net').connect(${port},'127.0.0.1').on('data',d=>console.log(String(d))).on('error',e=>console.log(e.code))`;
    const out = "require('net').connect(53,'192.0.2.1').on('error',e=>console.log(e.code))";
    try {
      expect(await rig.node(connect)).toMatchObject({ output: 'ECONNREFUSED\n' });
      expect(await rig.node(out)).toMatchObject({ output: 'ENETUNREACH\n' });
      expect(await rig.node(connect, { limits: { network: 'host' } })).toMatchObject({ output: 'reached\n' });
    } finally {
      server.close();
    }
  });

  it('neither signals nor traces its launcher, nor anything else outside', async () => {
    const found = await says(
      `kill -9 ${process.pid}; kill -9 $PPID; kill -9 1; node -e 'try{process.kill(${process.pid},0);console.log("reached")}catch(e){console.log(e.code)}'; ls /proc/${process.pid}`,
    );
    expect(found).toContain('ESRCH');
    expect(found).not.toContain('reached');
  });

  it('leaves nothing behind, not even a daemon that has left its session and its environment', async () => {
    const told = await rig.shell(
      'setsid env -i sh -c "setsid sleep 63.5 & sleep 63.5" >/dev/null 2>&1 & sleep 0.3; echo left',
      {},
    );
    expect(told).toMatchObject({ output: 'left\n', ended: 'itself' });
    expect(await seen(['sleep', '63.5'])).toBe(0);
  });

  it('reads and writes the folders that it was given, and their mounts give no programs rights', async () => {
    const [given, own] = ['given', 'own'].map((name) => join(rig.directory, name)) as [string, string];
    for (const folder of [given, own]) mkdirSync(folder, { mode: 0o777 });
    const open = await rig.shell(`chmod 777 ${own}`, { limits: { writable: [own] } });
    expect(open).toMatchObject({ ended: 'itself' });
    writeFileSync(join(given, 'in'), 'read');
    const found = await says(
      `cat ${given}/in; echo evil > ${given}/in; echo kept > ${own}/out; grep -c nosuid /proc/self/mountinfo`,
      { limits: { readable: [given], writable: [own] } },
    );
    expect(found).toContain('read');
    expect(readFileSync(join(given, 'in'), 'utf8')).toBe('read');
    if (launcher === 'this user') expect(readFileSync(join(own, 'out'), 'utf8')).toBe('kept\n');
  });

  it('is refused with the path when a folder that it is to see is not there', async () => {
    const told = await rig.shell('true', { limits: { readable: ['/nowhere/models'] } });
    expect(isRefused(told) && told.refusal).toMatchObject({
      code: 'sandbox-paths',
      message: expect.stringContaining('/nowhere/models'),
    });
  });
});
