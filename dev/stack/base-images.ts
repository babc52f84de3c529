/** The images that others are built on, made from packages: Debian, Node and Java under the names of the public ones. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { attempt, run } from './command.ts';
import type { Context } from './context.ts';
import { images, versions } from './layout.ts';
import type { Paths } from './paths.ts';

/** What public slim images leave out as well: documentation, translations, package lists. */
const superfluous = [
  'usr/share/doc/*',
  'usr/share/man/*',
  'usr/share/info/*',
  'usr/share/locale/*',
  'var/cache/apt/*',
  'var/lib/apt/lists/*',
  'var/log/*.log',
  'var/log/apt/*',
];

/** Modules that a Spring Boot app on the Kafka binder needs; `java.desktop` only for its `java.beans`. */
const javaModules =
  'java.base,java.compiler,java.desktop,java.instrument,java.logging,java.management,java.naming,java.net.http,' +
  'java.prefs,java.rmi,java.scripting,java.security.jgss,java.security.sasl,java.sql,java.xml,java.xml.crypto,' +
  'jdk.crypto.ec,jdk.jfr,jdk.management,jdk.naming.dns,jdk.net,jdk.unsupported,jdk.zipfs';

/** A short hash of what an image is made from. */
export function keyOf(...inputs: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(input).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** The path and the text of one of the Dockerfiles beside this file. */
export function dockerfile(name: string): { readonly file: string; readonly text: string } {
  const file = new URL(`images/${name}`, import.meta.url).pathname;
  return { file, text: readFileSync(file, 'utf8') };
}

/** The Debian that both base images stand on. */
export async function debianImage({ paths, buildah, progress }: Context): Promise<void> {
  const context = await cached(join(paths.cache, `debian-${versions.debian}`), (folder) =>
    progress.step(`fetching Debian ${versions.debian} for the images`, () => bootstrap(folder, paths)),
  );
  const { file, text } = dockerfile('Dockerfile.debian');
  await buildah.image({ name: images.debian, key: keyOf(text, versions.debian), dockerfile: file, context });
}

async function bootstrap(folder: string, paths: Paths): Promise<void> {
  const options = { cwd: folder, log: join(paths.logs, 'build-debian.log') };
  const mirror = await debianMirror();
  await run('debootstrap', ['--variant=minbase', versions.debian, 'rootfs', ...mirror], options);
  await run('sh', ['-c', `cd rootfs && rm -rf ${superfluous.join(' ')} dev/* proc/* sys/*`], options);
  await run('tar', ['--numeric-owner', '-C', 'rootfs', '-cf', 'rootfs.tar', '.'], options);
  await run('rm', ['-rf', 'rootfs'], options);
}

/** The mirror that this machine's own apt uses, or none for debootstrap's default. */
async function debianMirror(): Promise<string[]> {
  const query = ['indextargets', '--format', '$(RELEASE) $(SITE)', 'Created-By: Packages'];
  const { stdout } = await attempt('apt-get', query);
  return mirrorFrom(stdout, versions.debian);
}

/** Picks the mirror from lines of `<release> <site>`. */
export function mirrorFrom(lines: string, release: string): string[] {
  const sites = lines.split('\n').map((line) => line.split(' '));
  const site = sites.find(([name, url]) => name === release && url?.startsWith('http'))?.[1];
  return site === undefined ? [] : [site];
}

/** `node:<version>-bookworm-slim`, from the binary that npm has installed here and the published npm package. */
export async function nodeImage({ paths, buildah }: Context): Promise<void> {
  const { file, text } = dockerfile('Dockerfile.node');
  const context = await cached(
    join(paths.cache, `node-${versions.node}-npm-${versions.npm}`),
    async (folder) => {
      cpSync(join(paths.root, 'node_modules/node/bin/node'), join(folder, 'node'));
      const log = join(paths.logs, 'build-image-node.log');
      await run('npm', ['pack', '--silent', `npm@${versions.npm}`], { cwd: folder, log });
      await run('tar', ['-xzf', `npm-${versions.npm}.tgz`], { cwd: folder, log });
    },
  );
  const key = keyOf(text, versions.node, versions.npm);
  await buildah.image({ name: images.nodeBase, key, dockerfile: file, context });
}

/** A Java 17 runtime on Debian. */
export async function javaImage({ paths, buildah }: Context): Promise<void> {
  const { file, text } = dockerfile('Dockerfile.java');
  const jdk = (await run('jlink', ['--version'])).trim();
  const key = keyOf(text, jdk, javaModules);
  const context = await cached(join(paths.cache, `jre-${key}`), async (folder) => {
    mkdirSync(folder, { recursive: true });
    const slim = ['--strip-java-debug-attributes', '--no-man-pages', '--no-header-files'];
    const args = ['--add-modules', javaModules, ...slim, '--output', join(folder, 'jre')];
    await run('jlink', args, { log: join(paths.logs, 'build-image-java.log') });
  });
  await buildah.image({ name: images.javaBase, key, dockerfile: file, context });
}
