/** For tests: a process of a revision, as a host starts it. `/die` ends it at once. */
import { createServer } from 'node:http';
import { echoListener } from './echo-listener.ts';

const echo = echoListener(process.env['SLUICE_REVISION'] ?? 'nobody');
const server = createServer((request, response) => {
  if (request.url === '/die') process.exit(1);
  echo(request, response);
});
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
