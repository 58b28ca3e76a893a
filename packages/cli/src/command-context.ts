import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { Command } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { Space } from './output/space.ts';
import type { Style } from './output/style.ts';
import type { Refused } from './refused.ts';
import type { World } from './world.ts';

/** Which control plane is meant, and what is shown to it. */
export interface Connection {
  readonly baseUrl: string;
  /** Undefined for whoever has signed in nowhere. */
  readonly token: string | undefined;
}

/** What a command works with. */
export interface CommandContext {
  readonly world: World;
  readonly style: Style;
  /** What output is laid out for at this moment. */
  space(): Space;
  /** One JSON document on stdout instead of text. */
  readonly json: boolean;
  /** DRY_RUN=true: say what would be done and do nothing. */
  readonly dryRun: boolean;
  /** The directory of `sluice up`. */
  readonly directory: string;
  /** Opens the client of the control plane that is meant. */
  api(): Promise<ApiClient>;
  /** The same, for what is no call of the API. */
  connection(): Promise<Connection>;
  /** Prints lines for people on stdout. */
  print(lines: string | readonly string[]): void;
  /** Prints a remark for people that is no result, on stderr. */
  note(line: string): void;
  printJson(value: unknown): void;
  /** Prints a refusal and gives its number. */
  refuse(refused: Refused): ExitCode;
}

/** The work of a command; the number it gives is what the program ends with. */
export type Work = (context: CommandContext) => Promise<ExitCode>;

/** A command: `define` describes it and hands its work over when it is chosen. */
export type DefineCommand = (command: Command, run: (work: Work) => void) => void;
