/** Images without a Docker engine: buildah, with a store of its own in the cache. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { attempt, run } from './command.ts';
import { generate } from './files.ts';
import type { Paths } from './paths.ts';

/** The label by which a built image says from what it was built. */
const keyLabel = 'dev.barista.key';

/** With more than this many images and layers the store is tidied up; a build leaves about ten. */
const mostImages = 150;

export interface ImageBuild {
  /** Full name with tag. */
  readonly name: string;
  /** Changes whenever the image has to be built again. */
  readonly key: string;
  readonly dockerfile: string;
  readonly context: string;
  /** More arguments for `buildah bud`. */
  readonly args?: readonly string[];
}

export class Buildah {
  readonly #paths: Paths;

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  /** Where its layers are mounted while it works; also what an interrupted build leaves mounted. */
  get store(): string {
    return join(this.#paths.cache, 'buildah');
  }

  /** Builds an image unless the store has it from the same key. */
  async image({ key, args = [], ...what }: ImageBuild): Promise<void> {
    if ((await this.#keyOf(what.name)) === key) return;
    await this.build({ ...what, args: ['--label', `${keyLabel}=${key}`, ...args] });
  }

  /** Builds an image, whatever the store has. */
  async build({ name, dockerfile, context, args = [] }: Omit<ImageBuild, 'key'>): Promise<void> {
    const build = ['bud', '--pull-never', '--isolation', 'chroot', '--network', 'host', '--format', 'oci'];
    await this.#run(name, [...build, '--tag', name, '--file', dockerfile, ...args, context]);
  }

  /** An image as a folder in the form of an OCI layout, with compressed layers. */
  async layout(name: string, folder: string): Promise<void> {
    await this.#run(name, ['push', '--quiet', name, `oci:${folder}:${name}`]);
  }

  /** An archive of an image, for containerd. */
  async archive(name: string, file: string): Promise<void> {
    mkdirSync(dirname(file), { recursive: true });
    const partial = `${file}.partial-${process.pid}`;
    rmSync(partial, { force: true });
    // Not compressed: it is read again at once, on the same disk.
    const push = ['push', '--quiet', '--disable-compression', name, `oci-archive:${partial}:${name}`];
    await this.#run(name, push);
    renameSync(partial, file);
  }

  /** Removes images that have lost their name to a newer build, once they have become many: they speed up the next. */
  async prune(): Promise<void> {
    const options = { env: this.#environment() };
    const { stdout } = await attempt('buildah', ['images', '--all', '--quiet'], options);
    if (stdout.split('\n').length > mostImages) await attempt('buildah', ['rmi', '--prune'], options);
  }

  async #keyOf(name: string): Promise<string | undefined> {
    if (!existsSync(this.store)) return undefined;
    const inspect = [
      'inspect',
      '--type',
      'image',
      '--format',
      `{{index .OCIv1.Config.Labels "${keyLabel}"}}`,
    ];
    const { code, stdout } = await attempt('buildah', [...inspect, name], { env: this.#environment() });
    return code === 0 ? stdout.trim() : undefined;
  }

  async #run(name: string, args: readonly string[]): Promise<void> {
    const [image = 'image'] = basename(name).split(':');
    const log = join(this.#paths.logs, `build-image-${image}.log`);
    await run('buildah', args, { env: this.#environment(), log });
  }

  /** Keeps buildah out of the machine's own storage and network configuration. */
  #environment(): Record<string, string> {
    const run = join(this.#paths.run, 'buildah');
    const storage = join(this.#paths.config, 'buildah-storage.conf');
    const containers = join(this.#paths.config, 'buildah-containers.conf');
    const root = join(this.store, 'root');
    generate(storage, `[storage]\ndriver = "overlay"\ngraphroot = "${root}"\nrunroot = "${run}"\n`);
    generate(
      containers,
      `[network]\nnetwork_backend = "cni"\nnetwork_config_dir = "${join(run, 'networks')}"\n`,
    );
    return { CONTAINERS_STORAGE_CONF: storage, CONTAINERS_CONF: containers };
  }
}
