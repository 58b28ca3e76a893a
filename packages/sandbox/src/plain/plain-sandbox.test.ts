import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examineMachine } from '../machine/sandbox-machine.ts';
import { describeSandboxContract, isRefused, seen } from '../sandbox.contract.ts';
import { launchers, SandboxRig, SECRET } from '../testing/sandbox-rig.ts';

const { groups, setpriv } = await examineMachine();
const { possible, lacking } = launchers();
if (lacking !== null) reportSkip(`plain sandboxes of two users: ${lacking}`);

for (const launcher of possible) describeSandboxContract('plain', launcher);

describe.each(possible)('what a plain sandbox of %s does not guarantee', (launcher) => {
  let rig: SandboxRig;
  beforeAll(() => {
    rig = new SandboxRig('plain', launcher);
  });
  afterAll(() => rig.close());

  it('reads whatever its user may read, the environment of its launcher included', async () => {
    const told = await rig.shell('cat /proc/$PPID/environ; cat /etc/passwd');
    expect(told).toMatchObject({ output: expect.stringContaining(SECRET) });
    expect(told).toMatchObject({ output: expect.stringContaining('root:') });
  });

  it('lets a daemon live on that left its group and dropped its mark, unless there are control groups', async () => {
    const told = await rig.shell('setsid env -i sleep 65.5 >/dev/null 2>&1 & sleep 0.2; echo $!');
    const daemon = isRefused(told) ? 0 : Number(told.output);
    const hasGroups = rig.isRoot && groups !== null;
    expect(await seen(['sleep', '65.5'])).toBe(hasGroups ? 0 : 1);
    if (!hasGroups) process.kill(daemon, 'SIGKILL');
  });

  it('gives it no way to gain rights all the same', async () => {
    const told = await rig.shell('grep NoNewPrivs /proc/self/status; grep CapBnd /proc/self/status');
    if (setpriv !== null) expect(told).toMatchObject({ output: expect.stringMatching(/NoNewPrivs:\s+1/) });
    expect(told).toMatchObject({ exitCode: 0 });
  });

  it('refuses to keep files, network and processes apart instead of pretending to', async () => {
    for (const limits of [{ network: 'none' as const }, { readable: ['/opt'] }, { writable: ['/opt'] }]) {
      const told = await rig.shell('true', { limits });
      expect(isRefused(told) && told.refusal).toMatchObject({
        code: 'sandbox-unavailable',
        remedy: expect.stringContaining('bubblewrap'),
      });
    }
  });
});
