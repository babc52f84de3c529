/** The images of a release: built anew from the project's Dockerfiles, and always the same from the same commit. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { debianImage, nodeImage } from '../stack/base-images.ts';
import { remove } from '../stack/cache.ts';
import type { Context } from '../stack/context.ts';
import { npmMounts } from '../stack/npm-mounts.ts';
import { installPackages } from '../stack/packages.ts';
import { tar } from './archive.ts';
import { repositories, type Release } from './release.ts';

const dockerfiles = { operator: 'Dockerfile.operator', worker: 'Dockerfile.app' } as const;

/** As OCI calls what Node calls so; images are made for the machine that they are made on. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** `barista-operator-image-X.Y.Z-linux-amd64.tar`, and the worker's: OCI image layouts, which containerd, skopeo, podman and crane read. */
export async function imageArchives(context: Context, release: Release): Promise<void> {
  await installPackages(context);
  await debianImage(context);
  await nodeImage(context);
  for (const image of ['operator', 'worker'] as const) {
    const name = `${repositories[image]}:${release.version}`;
    await context.progress.step(`building the image ${name}`, () => archive(context, release, image));
  }
}

async function archive(context: Context, release: Release, image: keyof typeof dockerfiles): Promise<void> {
  const { buildah, paths } = context;
  const { root, version, commit, epoch, folder, work } = release;
  const name = `${repositories[image]}:${version}`;
  const labels = {
    title: `barista-${image}`,
    version,
    revision: commit,
    licenses: 'Apache-2.0',
    created: new Date(epoch * 1000).toISOString(),
  };
  const label = Object.entries(labels).flatMap(([key, value]) => [
    '--label',
    `org.opencontainers.image.${key}=${value}`,
  ]);
  const told = image === 'worker' ? ['VERSION=' + version, 'REVISION=' + commit] : [];
  const args = [
    ...['--timestamp', String(epoch), ...label],
    ...told.flatMap((argument) => ['--build-arg', argument]),
    ...(await npmMounts(paths)),
  ];
  await buildah.build({ name, dockerfile: join(root, dockerfiles[image]), context: root, args });
  const layout = join(work, `image-${image}`);
  await buildah.layout(name, layout);
  const platform = `linux-${architectures[process.arch] ?? process.arch}`;
  const file = join(folder, `barista-${image}-image-${version}-${platform}.tar`);
  await tar(file, layout, readdirSync(layout).sort(), epoch);
  await remove(layout);
}
