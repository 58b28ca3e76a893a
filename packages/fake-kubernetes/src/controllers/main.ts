/**
 * Plays the controllers of an API server that runs alone:
 * `node packages/fake-kubernetes/src/controllers/main.ts --kubeconfig FILE`.
 * Beside a real controller manager both would do the same work twice. It ends with SIGINT or SIGTERM.
 */
import { parseArgs } from 'node:util';
import { httpCaller } from '../api/http-caller.ts';
import { callerOptionsOf } from '../node-player/kubeconfig.ts';
import { startControllers } from './start-controllers.ts';

const { values } = parseArgs({
  options: { kubeconfig: { type: 'string', default: process.env['KUBECONFIG'] ?? '' } },
});

const caller = httpCaller(callerOptionsOf(values.kubeconfig));
const controllers = await startControllers(caller);
process.stdout.write('controllers run\n');

const end = (): void => {
  void controllers.stop().then(() => {
    caller.close();
    process.exit(0);
  });
};
process.on('SIGINT', end);
process.on('SIGTERM', end);
