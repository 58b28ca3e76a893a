import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { readDuration } from '../../context/duration-option.ts';
import { type PlaceOptions, placeIn, withPlace } from '../../context/memory-place.ts';
import { wholeNumber } from '../../context/number-option.ts';
import { readTaskInput } from '../../context/task-input.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { refusedByApi } from '../../refused.ts';

interface SetOptions extends PlaceOptions {
  readonly for?: string;
  readonly version?: number;
}

/** `sluice memory set`: remembers a value. */
export const setMemory: DefineCommand = (command, run) => {
  withPlace(
    command
      .description('Remembers a value under a key, instead of what was there.')
      .argument('<key>', 'the key')
      .argument('<value>', 'JSON, @file, or - for standard input'),
  )
    .option('--for <duration>', 'forgotten so long after: 90d')
    .option(
      '--version <number>',
      'only where this is the present version; 0 only where there is nothing',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice memory set tone \'"friendly"\' --agent shop/production/triage --for 90d',
    )
    .action((key: string, value: string, options: SetOptions) =>
      run((context) => set(context, { key, value }, options)),
    );
};

async function set(
  context: CommandContext,
  said: { readonly key: string; readonly value: string },
  options: SetOptions,
): Promise<ExitCode> {
  const { key } = said;
  const value = await readTaskInput(context.world, said.value);
  if (!value.ok) return context.refuse(value.refused);
  const time = options.for === undefined ? null : readDuration(options.for, '--for');
  if (time !== null && !time.ok) return context.refuse(time.refused);
  if (context.dryRun) return wouldBe(context, `remember a value under ${key}`);
  const api = await context.api();
  const reply = await api.putMemory(key, placeIn(options), {
    value: value.value,
    ...(time !== null && { timeToLiveMs: time.value }),
    ...(options.version !== undefined && { expectedVersion: options.version }),
  });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else
    context.print(
      `${paint('good', symbols.done)} ${key} is remembered; its version is ${reply.value.version}.`,
    );
  return EXIT.ok;
}
