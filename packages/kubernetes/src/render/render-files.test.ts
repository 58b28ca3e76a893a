import { assert as check, array, dictionary, property, string, stringMatching } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerSettings } from '../settings/workload-settings.ts';
import { renderFiles, renderVolumes } from './render-files.ts';
import { isContainer } from './rendered-revision.ts';
import { SAMPLE_CONTAINER, sampleRevision } from './testing/sample-revision.ts';

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
}

function rendered(workload: Partial<ContainerSettings>) {
  const of = sampleRevision({ workload: { ...SAMPLE_CONTAINER, ...workload } });
  if (!isContainer(of)) expect.unreachable('the sample is a container');
  const { volumes, volumeMounts } = renderVolumes(of);
  return { configMap: renderFiles(of, 1)[0], volumes, mounts: volumeMounts as unknown as readonly Mount[] };
}

const path = stringMatching(/^(\/[ -.0-~]{1,8}){1,3}$/);

describe('the files of a revision', () => {
  it('are each mounted at their path with their content, under keys that a ConfigMap may have', () => {
    check(
      property(dictionary(path, string(), { noNullPrototype: true }), (files) => {
        const { configMap, mounts } = rendered({ files });
        const contents = (configMap?.['data'] ?? {}) as Readonly<Record<string, string>>;
        expect(Object.keys(contents).every((key) => /^[-._A-Za-z0-9]{1,253}$/.test(key))).toBe(true);
        const mounted = mounts.filter(({ subPath }) => subPath !== undefined);
        expect(
          Object.fromEntries(mounted.map(({ mountPath, subPath = '' }) => [mountPath, contents[subPath]])),
        ).toEqual(files);
      }),
    );
  });

  it('are no ConfigMap where there are none', () => {
    expect(rendered({}).configMap).toBeUndefined();
  });
});

describe('writable folders', () => {
  it('are mounted once each whatever their spelling, and /tmp always is', () => {
    const { mounts } = rendered({ writableFolders: ['/var/cache/', '/var/cache', '/tmp', '/'] });
    expect(mounts.map(({ mountPath }) => mountPath)).toEqual(['/tmp', '/var/cache', '/']);
  });

  it('and files never share a path or lack a volume', () => {
    check(
      property(
        array(path),
        dictionary(path, string(), { noNullPrototype: true }),
        (writableFolders, files) => {
          const { mounts, volumes } = rendered({
            writableFolders: [...writableFolders, ...Object.keys(files)],
            files,
          });
          const paths = mounts.map(({ mountPath }) => mountPath);
          expect(new Set(paths).size).toBe(paths.length);
          const names = new Set(volumes.map(({ name }) => name));
          expect(mounts.every(({ name }) => names.has(name))).toBe(true);
        },
      ),
    );
  });
});
