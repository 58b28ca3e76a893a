/**
 * Asks several paths at a steady rate each over keep-alive connections, at random moments, until SIGTERM.
 * Usage: node load-process.ts BASE PATH=RATE…, requests per second
 */
import { Agent, request } from 'node:http';

const [base = '', ...targets] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const TICK_MS = 5;

function ask(path: string): void {
  const call = request(new URL(path, base), { agent }, (response) => response.resume());
  call.on('error', () => undefined);
  call.end();
}

for (const target of targets) {
  const [path = '/', rate = '1'] = target.split('=');
  let due = 0;
  let then = performance.now();
  setInterval(() => {
    const now = performance.now();
    due += ((now - then) / 1000) * Number(rate) * (0.5 + Math.random());
    then = now;
    for (; due >= 1; due -= 1) ask(path);
  }, TICK_MS);
}
process.on('SIGTERM', () => process.exit(0));
