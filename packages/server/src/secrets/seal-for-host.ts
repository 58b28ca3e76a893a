import { access } from 'node:fs/promises';
import { putSealed, removeSealed, sealedFile } from '@sluice/protocol/process/sealed-folder.ts';
import type { KeptReference, ReadKeptSecret } from '../checks/component-variables.ts';

/**
 * Takes values to the host of this machine, each sealed in a file that is the same as long as the revision is: the host
 * reads it at each start of a process, also while the control plane is away.
 */
export const sealForHost = (hostDirectory: string, readKept: ReadKeptSecret) => ({
  seal: async (
    { track, id }: { readonly track: string; readonly id: string },
    name: string,
    reference: KeptReference,
  ): Promise<{ readonly from: 'sealed'; readonly path: string }> => {
    const path = sealedFile(hostDirectory, track, id, name);
    try {
      await putSealed(path, await readKept(reference));
    } catch (thrown) {
      // What runs goes on with the value that it has, should Vault be away when it is scaled.
      const isThere = await access(path).then(
        () => true,
        () => false,
      );
      if (!isThere) throw thrown;
    }
    return { from: 'sealed', path };
  },
  forget: (track: string, revision: string): Promise<void> => removeSealed(hostDirectory, track, revision),
});
