import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { errorCode } from './unless-missing.ts';

const FULL = ['ENOSPC', 'EDQUOT'];
const NOT_USABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EIO', 'ENAMETOOLONG', 'ELOOP'];

/** Words a file system's refusal for the person who chose the folder; passes everything else through. */
export function directoryFailure(
  directory: string,
  thrown: unknown,
  attempted = 'Starting the embedded database',
): unknown {
  const code = errorCode(thrown) ?? '';
  if (!FULL.includes(code) && !NOT_USABLE.includes(code)) return thrown;
  const reason = thrown instanceof Error ? thrown.message : code;
  const remedy = FULL.includes(code)
    ? 'Free some space and try again, or choose another directory.'
    : 'Correct its owner and permissions, or choose another directory.';
  return new SluiceError(
    FULL.includes(code) ? 'exhausted' : 'unsupported',
    `${attempted} in ${directory} failed: the folder cannot be written (${reason}). ${remedy}`,
    { next: 'ask-human', cause: thrown },
  );
}
