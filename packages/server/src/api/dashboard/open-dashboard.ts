import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { buildDashboard, type DashboardFolders, isOutdated } from './build-dashboard.ts';
import { type DashboardFiles, readDashboardFiles } from './dashboard-files.ts';

/** The dashboard as the API serves it. */
export interface Dashboard {
  /** Its files; null when there are none and none could be built. */
  files(): Promise<DashboardFiles | null>;
}

/** The folders of the repository, or of a package that was delivered with what is built. */
function ownFolders(): DashboardFolders {
  const packages = fileURLToPath(new URL('../../../../', import.meta.url));
  const web = join(packages, 'web');
  // Whoever has no sources has what was built of them, and nothing to compare it with.
  if (!existsSync(join(web, 'src'))) return { web, sources: [] };
  const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json'];
  return {
    web,
    sources: [...sources.map((name) => join(web, name)), join(packages, 'protocol/src/http')],
  };
}

/**
 * Opens the dashboard. Nothing is read or built before somebody first asks for a page, so that a start costs nothing; what
 * could not be built is tried again with the next page.
 *
 * @param failed told why it could not be built; what was built before is served then
 */
export function openDashboard(
  failed: (failure: SluiceError) => void,
  folders: DashboardFolders = ownFolders(),
): Dashboard {
  let opened: Promise<DashboardFiles | null> | undefined;
  const open = async (): Promise<DashboardFiles | null> => {
    if (await isOutdated(folders)) {
      await buildDashboard(folders).catch((thrown: unknown) => {
        opened = undefined;
        failed(SluiceError.from(thrown, 'building the dashboard'));
      });
    }
    return readDashboardFiles(join(folders.web, 'dist'));
  };
  return {
    files: () => {
      // What went wrong once is no reason to show nothing for as long as this server lives.
      opened ??= open().catch((thrown: unknown) => {
        opened = undefined;
        throw thrown;
      });
      return opened;
    },
  };
}
