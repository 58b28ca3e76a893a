/**
 * The entry point of a router worker process: it gets its tables from the host process over IPC, and its listening
 * socket as file descriptor 4. It exports nothing.
 */
import { RouterWorker } from './worker/router-worker.ts';

process.title = 'sluice-router';
new RouterWorker(process).run();
