import { type Logger, LogLevel } from '@slack/web-api';

const nothing = (): void => {};

/** For a client that would write to the console on its own: what matters of a failure stands in the outcome of the delivery. */
export const SILENT_LOGGER: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  getLevel: () => LogLevel.ERROR,
  setName: nothing,
};
