/** Functions that ask something of every item of a list. */
export const EACH_FUNCTIONS: ReadonlyMap<string, { predicateOptional?: boolean; initial?: boolean }> =
  new Map([
    ['all', {}],
    ['none', {}],
    ['any', {}],
    ['one', {}],
    ['filter', {}],
    ['map', {}],
    ['count', { predicateOptional: true }],
    ['sum', { predicateOptional: true }],
    ['find', {}],
    ['findIndex', {}],
    ['findLast', {}],
    ['findLastIndex', {}],
    ['reduce', { initial: true }],
  ]);

/** Every other function that an expression may call. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set([
  // Those of Argo Rollouts.
  ...['asInt', 'asFloat', 'isNaN', 'isInf', 'isNil', 'default'],
  // Those of expr-lang that a condition has use for.
  ...['len', 'type', 'int', 'float', 'string', 'abs', 'ceil', 'floor', 'round'],
  ...[
    'min',
    'max',
    'mean',
    'median',
    'first',
    'last',
    'take',
    'reverse',
    'uniq',
    'concat',
    'flatten',
    'sort',
  ],
  ...['keys', 'values', 'get'],
  ...['trim', 'trimPrefix', 'trimSuffix', 'upper', 'lower', 'split', 'join', 'replace'],
  ...['indexOf', 'lastIndexOf', 'hasPrefix', 'hasSuffix', 'fromJSON', 'toJSON'],
]);
