/**
 * The load generator where wrk is not installed: as many kept-alive connections as told, each sending its next request
 * when the last answer has come whole. It looks for the end of an answer in the bytes and parses nothing else, so that
 * it stays lighter than what it measures.
 */
import { connect } from 'node:net';

const [port = '', connections = '64', seconds = '3'] = process.argv.slice(2);
const request = Buffer.from('GET /1k HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
const bodyBytes = 1_024;
const micros: number[] = [];
let failures = 0;
const endAt = performance.now() + Number(seconds) * 1_000;

function open(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', ask);
    socket.setNoDelay(true);
    let startedAt = 0;
    let missing = -1;
    function ask(): void {
      if (performance.now() >= endAt) {
        socket.end();
        resolve();
        return;
      }
      missing = -1;
      startedAt = performance.now();
      socket.write(request);
    }
    socket.on('data', (chunk: Buffer) => {
      if (missing < 0) {
        const head = chunk.indexOf('\r\n\r\n');
        if (head < 0) return;
        if (!chunk.subarray(0, 12).toString('latin1').endsWith('200')) failures++;
        missing = bodyBytes - (chunk.length - head - 4);
      } else missing -= chunk.length;
      if (missing > 0) return;
      micros.push((performance.now() - startedAt) * 1_000);
      ask();
    });
    socket.on('error', () => {
      failures++;
      resolve();
    });
  });
}

await Promise.all(Array.from({ length: Number(connections) }, open));
micros.sort((left, right) => left - right);
const at = (share: number): number =>
  micros[Math.min(micros.length - 1, Math.floor(micros.length * share))] ?? 0;
process.stdout.write(
  `${JSON.stringify({ requests: micros.length, seconds: Number(seconds), p50: at(0.5), p99: at(0.99), failures })}\n`,
);
