/** How vitest's main process tells its workers where the shared server lives. */
const VARIABLE = 'SLUICE_TEST_POSTGRES_DIRECTORY';

/** The folder of the shared test server; undefined outside of a run of the tests. */
export function testServerDirectory(): string | undefined {
  return process.env[VARIABLE];
}

/** Passes the folder on to every process that is started from now on; undefined takes it back. */
export function passTestServerDirectory(directory: string | undefined): void {
  if (directory === undefined) delete process.env[VARIABLE];
  else process.env[VARIABLE] = directory;
}
