import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { PORT_BLOCK_SIZE, PortLedger } from './port-ledger.ts';
import { parsePortRange } from './port-range.ts';

/** A range of its own for each test, below the ports of outgoing connections; two runs at once rarely meet. */
function ledger(size: number): { ports: PortLedger; from: number } {
  const from = 12_800 + 64 * Math.floor(Math.random() * 250);
  const ports = new PortLedger({ from, to: from + size - 1 }, 0);
  onTestFinished(() => ports.close());
  return { ports, from };
}
const taken = async (ports: PortLedger): Promise<number> => {
  const port = await ports.take();
  if (!port.ok) throw new Error(port.refusal.message);
  return port.value;
};

test('every port is given away once, and a freed one only after the others', async () => {
  const { ports, from } = ledger(4);
  const all = [await taken(ports), await taken(ports), await taken(ports), await taken(ports)];
  expect(all.toSorted((a, b) => a - b)).toEqual([from, from + 1, from + 2, from + 3]);
  expect(await ports.take()).toMatchObject({ ok: false, refusal: { code: 'ports-exhausted' } });
  ports.release(all[2] ?? 0);
  ports.release(all[1] ?? 0);
  await expect.poll(() => ports.take()).toEqual({ ok: true, value: all[1] });
});

test('a port on which somebody listens is passed over, also one on all addresses', async () => {
  const { ports, from } = ledger(3);
  const one = createServer().listen(from, '127.0.0.1');
  const all = createServer().listen(from + 1, '::');
  await Promise.all([one, all].map((server) => new Promise((resolve) => server.once('listening', resolve))));
  onTestFinished(() => void [one, all].map((server) => server.close()));
  expect(await taken(ports)).toBe(from + 2);
  expect((one.address() as AddressInfo).port).toBe(from);
});

test('two hosts on one machine never get the same port', async () => {
  const { ports, from } = ledger(40);
  const other = new PortLedger({ from, to: from + 39 }, 0);
  onTestFinished(() => other.close());
  const both = await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 2 ? ports : other).take()),
  );
  const given = both.flatMap((port) => (port.ok ? [port.value] : []));
  expect(new Set(given).size).toBe(given.length);
});

test('a block is aligned, whole, and closed to everybody else', async () => {
  const { ports, from } = ledger(64);
  const first = await taken(ports);
  const block = await ports.takeBlock();
  if (!block.ok) throw new Error(block.refusal.message);
  expect(block.value % PORT_BLOCK_SIZE).toBe(0);
  expect(first < block.value || first >= block.value + PORT_BLOCK_SIZE).toBe(true);
  const rest = [];
  for (let next = await ports.take(); next.ok; next = await ports.take()) rest.push(next.value);
  expect(rest.some((port) => port >= block.value && port < block.value + PORT_BLOCK_SIZE)).toBe(false);
  const own = await Promise.all(
    Array.from({ length: PORT_BLOCK_SIZE + 1 }, () => ports.takeFrom([block.value])),
  );
  expect(own.filter((port) => port === undefined)).toHaveLength(1);
  expect(new Set(own).size).toBe(PORT_BLOCK_SIZE + 1);
  expect(from).toBeLessThanOrEqual(block.value);
});

test('a block that is given back can be given again', async () => {
  const { ports } = ledger(PORT_BLOCK_SIZE * 2 - 1);
  const block = await ports.takeBlock();
  expect(await ports.takeBlock()).toMatchObject({ ok: false });
  if (block.ok) ports.releaseBlocks([block.value]);
  await expect.poll(() => ports.takeBlock()).toEqual(block);
});

test('what an earlier host gave away is not given again', async () => {
  const { ports, from } = ledger(64);
  const block = Math.ceil(from / PORT_BLOCK_SIZE) * PORT_BLOCK_SIZE;
  await ports.adoptBlocks([block]);
  await ports.adopt(block);
  expect(await ports.takeFrom([block])).toBe(block + 1);
  ports.release(block);
  expect(await ports.takeFrom([block])).toBe(block);
});

test.each(['20000-29999', '1024-1024', '1024-65535'])('%s is a range of ports', (text) => {
  expect(parsePortRange(text).ok).toBe(true);
});
test.each(['', '80-90', '3000-2000', '1024-65536', '1024', 'a-b', '1024-2000-3000', '-1-5'])(
  '%s is not a range of ports',
  (text) => {
    expect(parsePortRange(text)).toMatchObject({ ok: false, refusal: { code: 'bad-port-range' } });
  },
);
