import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxKind } from '@sluice/core/tasks/sandbox-spec.ts';
import { type Launcher, PROGRAMS, type RunTold, SandboxRig, SECRET } from './testing/sandbox-rig.ts';

const MEBIBYTE = 1024 * 1024;
/** A program that fills Buffers of 8 MiB, which no limit of a JavaScript engine counts, with a dot for each. */
const eat = (count: number): string =>
  `const all=[];for(let i=0;i<${count};i++){all.push(Buffer.alloc(8*${MEBIBYTE},1));process.stdout.write('.')}`;

/** What every kind of sandbox guarantees, whoever launches it. */
export function describeSandboxContract(kind: SandboxKind, launcher: Launcher): void {
  describe(`a sandbox of kind ${kind}, launched by ${launcher}`, () => {
    let rig: SandboxRig;
    beforeAll(() => {
      rig = new SandboxRig(kind, launcher);
    });
    afterAll(() => rig.close());

    it('gives input, and takes output, errors and exit code back', async () => {
      const told = await rig.shell('cat; echo wrong >&2; exit 7', { input: 'given' });
      expect(told).toMatchObject({ ended: 'itself', exitCode: 7, output: 'given', errorOutput: 'wrong\n' });
    });

    it('has the variables that were ordered, and none of its launcher', async () => {
      const told = await rig.shell('env', { variables: { TOKEN: 'for the tool', PATH: '/usr/bin:/bin' } });
      expect(told).toMatchObject({ exitCode: 0, output: expect.stringContaining('TOKEN=for the tool') });
      expect(JSON.stringify(told)).not.toContain(SECRET);
    });

    it('starts in its folder', async () => {
      expect(await rig.shell('pwd')).toMatchObject({ output: `${rig.directory}\n` });
    });

    it('is ended when its time is over, also when it ignores every signal that can be ignored', async () => {
      const told = await rig.shell("trap '' TERM INT HUP; echo up; while :; do sleep 1; done", {
        timeMs: 3000,
      });
      expect(told).toMatchObject({ ended: 'time', output: 'up\n' });
    });

    it('is ended when whoever asked for it wants no more', async () => {
      expect(await rig.shell('sleep 60', { abortAfterMs: 500 })).toMatchObject({ ended: 'aborted' });
    });

    it('is ended when it prints more than it may, and what it printed before is there', async () => {
      const told = await rig.shell('yes', { outputBytes: 10_000 });
      expect(told).toMatchObject({ ended: 'output', output: 'y\n'.repeat(5_000) });
    });

    it('takes the processes with it that it left behind in its group', async () => {
      const told = await rig.shell('sleep 61.5 & echo $!', {});
      expect(told).toMatchObject({ ended: 'itself', exitCode: 0 });
      expect(await seen(['sleep', '61.5'])).toBe(0);
    });

    it('holds each process to its memory, Buffers included', async () => {
      const copy = (size: string) =>
        rig.shell(`dd if=/dev/zero of=/dev/null bs=${size} count=1`, {
          limits: { memoryPerProcessBytes: 128 * MEBIBYTE },
        });
      expect(await copy('64M')).toMatchObject({ exitCode: 0 });
      expect(await copy('300M')).toMatchObject({
        exitCode: 1,
        errorOutput: expect.stringContaining('memory'),
      });
      // Node sets more than half a GiB aside before it begins.
      const told = await rig.node(eat(150), { limits: { memoryPerProcessBytes: 1024 * MEBIBYTE } });
      expect(told).not.toMatchObject({ exitCode: 0 });
      expect(dots(told)).toBeGreaterThan(4);
      expect(dots(told)).toBeLessThan(128);
    });

    it('holds each process to the size of files, to open files and to processor time', async () => {
      const tooLong = await rig.shell(
        'head -c 2000000 /dev/zero > /tmp/sluice-long.$$; rc=$?; rm -f /tmp/sluice-long.$$; exit $rc',
        {
          limits: { fileBytes: MEBIBYTE },
        },
      );
      expect(tooLong).toMatchObject({ exitCode: expect.toSatisfy((code) => code !== 0) });
      const tooMany = await rig.shell('exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null', {
        limits: { openFiles: 6 },
      });
      expect(tooMany).toMatchObject({
        exitCode: 2,
        errorOutput: expect.stringMatching(/bad|Too many|file/i),
      });
      const spins = await rig.shell('while :; do :; done', {
        limits: { cpuTimeMs: 1000 },
        timeMs: 90_000,
      });
      expect(spins).toMatchObject({ ended: 'itself' });
      expect([null, 137]).toContain((spins as { exitCode: number | null }).exitCode);
    }, 120_000);

    it('lets nobody raise a limit again, root included', async () => {
      const told = await rig.shell(
        'prlimit --pid $$ --data=unlimited:unlimited; prlimit --pid $$ --data --output HARD --noheadings',
        {
          limits: { memoryPerProcessBytes: 256 * MEBIBYTE },
        },
      );
      expect(told).toMatchObject({ output: expect.stringMatching(/^\s*268435456\s*$/) });
    });

    it('holds all processes together to their memory, or refuses', async () => {
      const three = 'for one in 1 2 3; do node -e "$EAT" & done; wait';
      const variables = { ...PROGRAMS, EAT: eat(32) };
      expect(dots(await rig.shell(three, { variables }))).toBe(3 * 32);
      const told = await rig.shell(three, { variables, limits: { memoryBytes: 300 * MEBIBYTE } });
      if (isRefused(told))
        expect(told.refusal).toMatchObject({
          code: 'sandbox-unavailable',
          message: expect.stringContaining('resources.memory'),
          remedy: expect.stringMatching(/\w/),
        });
      // Those that are left have room again once one was ended.
      else expect(dots(told)).toBeLessThan(3 * 32);
    });

    it('holds processes to their number, or refuses', async () => {
      const bomb = 'i=0; while [ $i -lt 60 ]; do sleep 62.5 & i=$((i+1)); done 2>/dev/null; echo forked $i';
      const told = await rig.shell(bomb, { limits: { processes: 12 } });
      if (isRefused(told))
        expect(told.refusal).toMatchObject({
          code: 'sandbox-unavailable',
          message: expect.stringContaining('number of processes'),
        });
      else {
        expect(told.output).not.toContain('forked 60');
        const roomy = await rig.shell(bomb, { limits: { processes: 100 } });
        expect(roomy).toMatchObject({ output: 'forked 60\n' });
      }
      expect(await seen(['sleep', '62.5'])).toBe(0);
    });

    it('refuses folders that would undo it', async () => {
      const told = await rig.shell('true', { limits: { writable: ['/'] } });
      expect(isRefused(told)).toBe(true);
    });

    it('says what cannot be started', async () => {
      const told = await rig.run(['/nowhere/program']);
      if (isRefused(told)) expect(told.refusal.code).toBe('sandbox-failed');
      else {
        expect(told.exitCode).not.toBe(0);
        expect(told.errorOutput).toContain('/nowhere/program');
      }
    });
  });
}

/** Whether a run was refused. */
export const isRefused = (told: RunTold): told is Extract<RunTold, { ok: false }> => 'refusal' in told;

const dots = (told: RunTold): number => (isRefused(told) ? 0 : told.output.split('.').length - 1);

/** How many processes have a command line; one that was killed may need a moment to be gone. */
export async function seen(command: readonly string[]): Promise<number> {
  for (let look = 0; ; look++) {
    const count = await countOf(command.join('\0'));
    if (count === 0 || look === 20) return count;
    // Only time will do: nobody tells of the end of another's process.
    await wait(50);
  }
}

async function countOf(commandLine: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')),
  );
  return lines.filter((line) => line.includes(commandLine)).length;
}
