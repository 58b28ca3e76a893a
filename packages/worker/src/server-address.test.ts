import { expect, test } from 'vitest';
import { serverAddress } from './server-address.ts';

test('a URL is connected to as it is', () => {
  expect(serverAddress('http://127.0.0.1:7070')).toEqual({ baseUrl: 'http://127.0.0.1:7070', session: {} });
});

test.each(['unix:/run/sluice/server/workers.sock', 'unix:///run/sluice/server/workers.sock'])(
  '%s is a socket',
  (url) => {
    expect(serverAddress(url)).toMatchObject({
      baseUrl: 'http://localhost',
      session: { createConnection: expect.any(Function) },
    });
  },
);

test.each(['', '7070', 'unix:workers.sock'])('%o is none', (url) => {
  expect(serverAddress(url)).toBeNull();
});
