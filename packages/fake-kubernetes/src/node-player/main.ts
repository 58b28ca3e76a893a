/**
 * Plays the nodes of a control plane that has none, and brings it the definitions of the Gateway API and Istio:
 * `node packages/fake-kubernetes/src/node-player/main.ts --kubeconfig FILE --nodes 3 --delay 300ms`.
 * It says how many nodes there are once everything is there.
 * It ends with SIGINT or SIGTERM and leaves its nodes behind.
 */
import { parseArgs } from 'node:util';
import { parseDuration } from '@sluice/core/kernel/duration.ts';
import { applyDefinitions } from '../cluster/definition-set.ts';
import { httpCaller } from '../api/http-caller.ts';
import { callerOptionsOf } from './kubeconfig.ts';
import { startNodePlayer } from './start-node-player.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string', default: process.env['KUBECONFIG'] ?? '' },
    nodes: { type: 'string', default: '3' },
    delay: { type: 'string', default: '300ms' },
  },
});

const caller = httpCaller(callerOptionsOf(values.kubeconfig));
await applyDefinitions(caller, ['gateway-api', 'istio']);
const player = await startNodePlayer(caller, {
  nodes: Number(values.nodes),
  delayMs: parseDuration(values.delay) ?? 300,
});
process.stdout.write(`${player.nodes.length} nodes\n`);

const end = (): void => {
  void player.stop().then(() => {
    caller.close();
    process.exit(0);
  });
};
process.on('SIGINT', end);
process.on('SIGTERM', end);
