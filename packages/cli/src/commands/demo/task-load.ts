import type { ApiClient } from '@sluice/protocol/http/client.ts';

/** Tasks that come in all the time. */
export interface TaskLoad {
  /** No more come; gives how many were taken. */
  stop(): Promise<number>;
}

const EVERY_MS = 250;

/** Submits so many tasks a second to a track, the next ones once the last ones were taken. */
export function startTaskLoad(
  api: Pick<ApiClient, 'submitTasks'>,
  track: string,
  { perSecond, task }: { readonly perSecond: number; readonly task: (n: number) => unknown },
): TaskLoad {
  const batch = Math.max(1, Math.round((perSecond * EVERY_MS) / 1000));
  let [next, taken] = [0, 0];
  let submitting: Promise<void> | null = null;
  const submit = async (): Promise<void> => {
    const tasks = Array.from({ length: batch }, () => ({ input: task(next++) }));
    const reply = await api.submitTasks(track, tasks);
    if (reply.ok) taken += tasks.length;
  };
  const timer = setInterval(() => {
    submitting ??= submit().finally(() => {
      submitting = null;
    });
  }, EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await submitting;
      return taken;
    },
  };
}
