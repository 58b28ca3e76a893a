/** For tests: a process of a revision, as a host starts it. */
import { createServer } from 'node:http';
import { echoListener } from './echo-listener.ts';

const server = createServer(echoListener(process.env['SLUICE_REVISION'] ?? 'nobody'));
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
