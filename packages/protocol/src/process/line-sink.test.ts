import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type LineSinkOptions, type WriteBytes, lineSink } from './line-sink.ts';

const lossLine = (lines: number, reason: string): string => `lost ${lines}: ${reason}\n`;
const LONG_MS = 20_000;

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-sink-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

async function fileSink(more: Partial<LineSinkOptions> = {}) {
  const directory = await folder();
  const path = join(directory, 'daemon.log');
  const sink = lineSink({ fd: -1, path, lossLine, ...more });
  return { directory, path, sink, text: () => readFile(path, 'utf8') };
}

/** A disk that takes so many bytes before it is full; more when somebody makes room. */
function disk(room: number) {
  const taken: Buffer[] = [];
  const self = {
    room,
    text: () => Buffer.concat(taken).toString(),
    write: ((_fd, bytes, done) => {
      const part = bytes.subarray(0, self.room);
      self.room -= part.length;
      taken.push(Buffer.from(part));
      const full = Object.assign(new TypeError('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      queueMicrotask(() => (part.length === 0 ? done(full, 0) : done(null, part.length)));
    }) satisfies WriteBytes,
  };
  return self;
}

test('lines reach the file in the order in which they came', async () => {
  const { sink, text } = await fileSink();
  const lines = Array.from({ length: 500 }, (_, n) => `line ${n}\n`);
  for (const line of lines) sink.write(line);
  await sink.flush(LONG_MS);
  expect(await text()).toBe(lines.join(''));
});

test('a full disk loses lines, stops nobody, and is told once when there is room again', async () => {
  const full = disk(0);
  const sink = lineSink({ fd: 1, lossLine, write: full.write });
  for (const line of ['a\n', 'b\n', 'c\n']) {
    sink.write(line);
    await sink.flush(LONG_MS);
  }
  expect(full.text()).toBe('');
  full.room = 1000;
  sink.write('d\n');
  sink.write('e\n');
  await sink.flush(LONG_MS);
  expect(full.text()).toBe('lost 3: ENOSPC: no space left on device, write\nd\ne\n');
});

test('a line that was cut in the middle counts as lost, and the next begins on a line of its own', async () => {
  const full = disk(7);
  const sink = lineSink({ fd: 1, lossLine, write: full.write });
  sink.write('whole\n');
  sink.write('broken\n');
  await sink.flush(LONG_MS);
  full.room = 1000;
  sink.write('after\n');
  await sink.flush(LONG_MS);
  expect(full.text()).toBe('whole\nb\nlost 1: ENOSPC: no space left on device, write\nafter\n');
});

test('a loss that has been told is not told again when the next line is lost', async () => {
  const full = disk(0);
  const sink = lineSink({ fd: 1, lossLine, write: full.write });
  sink.write('a\n');
  await sink.flush(LONG_MS);
  full.room = lossLine(1, 'ENOSPC: no space left on device, write').length;
  sink.write('b\n');
  await sink.flush(LONG_MS);
  full.room = 1000;
  sink.write('c\n');
  await sink.flush(LONG_MS);
  expect(full.text().match(/lost \d/g)).toEqual(['lost 1', 'lost 1']);
});

test('a device that is really full does not disturb the writer', async () => {
  const fd = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(fd));
  const sink = lineSink({ fd, lossLine });
  sink.write('into the void\n');
  await expect(sink.flush(LONG_MS)).resolves.toBeUndefined();
});

test('what comes faster than it can be written is dropped beyond a limit, and the loss is told', async () => {
  const { sink, text } = await fileSink();
  const line = `${'x'.repeat(1023)}\n`;
  // All in one turn of the event loop: the first is on its way, a megabyte waits, the rest is lost.
  for (let n = 0; n < 1124; n++) sink.write(line);
  await sink.flush(LONG_MS);
  const told = (await text()).split('\n').filter((found) => found.startsWith('lost'));
  expect(told).toEqual(['lost 99: they came faster than they could be written']);
});

test('the file is rotated at its limit, so that three files hold the newest lines and nothing grows on', async () => {
  const { sink, directory, path, text } = await fileSink({ limitBytes: 100 });
  for (let n = 0; n < 50; n++) {
    sink.write(`a line with the number ${n}\n`);
    await sink.flush(LONG_MS);
  }
  expect((await readdir(directory)).sort()).toEqual(['daemon.log', 'daemon.log.1', 'daemon.log.2']);
  const kept = [await readFile(`${path}.2`, 'utf8'), await readFile(`${path}.1`, 'utf8'), await text()];
  for (const part of kept) expect(part.length).toBeLessThan(200);
  const numbers = [...kept.join('').matchAll(/\d+/g)].map(Number);
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, at) => 50 - numbers.length + at));
});

test('a file that was moved away is not written to for ever', async () => {
  const { sink, directory, path, text } = await fileSink({ limitBytes: 10 });
  sink.write('one\n');
  await sink.flush(LONG_MS);
  await rename(path, join(directory, 'moved'));
  for (const line of ['two two two\n', 'three\n']) {
    sink.write(line);
    await sink.flush(LONG_MS);
  }
  expect(await text()).toBe('three\n');
});

test('a path that cannot be opened leaves the descriptor', async () => {
  const full = disk(1000);
  const path = join(await folder(), 'absent', 'daemon.log');
  const sink = lineSink({ fd: 1, path, lossLine, write: full.write });
  sink.write('heard all the same\n');
  await sink.flush(LONG_MS);
  expect(full.text()).toBe('heard all the same\n');
});
