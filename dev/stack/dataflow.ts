/**
 * The SCDF server and the `time` and `log` apps: built from the Java sources in `java/`, because the finished programs
 * are in no registry of packages. `java/README.md` tells what the server is, and what stands in for Skipper.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, globSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cached } from './cache.ts';
import { run } from './command.ts';
import { network } from './layout.ts';

/** Paths of runnable jars. */
export interface DataflowJars {
  readonly server: string;
  readonly time: string;
  readonly log: string;
}

export interface DataflowOptions {
  readonly jar: string;
  readonly port: number;
  /** Where to listen; default the bridge, which this machine and its pods both reach. */
  readonly address?: string;
  /** Folder for the database of SCDF and the releases of the stand-in: what is in it outlives the process. */
  readonly dataDir: string;
  readonly kubeconfig: string;
  /** Namespace of the platform account, where the apps of streams run. */
  readonly namespace: string;
  /** Name of the platform account: lower-case letters, digits and `-`. */
  readonly platform: string;
  /** Kafka as pods reach it: `host:port`, several with a comma. */
  readonly brokersForPods: string;
  /** API of a real Skipper, e.g. `http://localhost:7577/api`. Then there is no stand-in, and no platform of ours. */
  readonly skipperUri?: string;
  /** How long an upgrade waits for its new apps to be healthy; upstream's default is 300 000. */
  readonly healthCheckTimeoutMs: number;
  /** While this file exists the stand-in answers as a Skipper that is down. */
  readonly skipperDownFile: string;
}

const sources = new URL('java', import.meta.url).pathname;

/**
 * Delays of the probes of apps, in seconds. Upstream waits 30 s before its first look at an app, which is most of the
 * time that a small app takes to be ready.
 */
const probes = { startupHttpProbeDelay: 2, readinessHttpProbeDelay: 2, readinessHttpProbePeriod: 3 };

/**
 * Builds the jars with Maven unless the cache has them: about 2 minutes with an empty Maven repository. The server and
 * the apps are entries of their own, so that a change of one does not make the other anew.
 * @param cacheDir folder of the cache
 * @throws StackFailure with what Maven said last
 */
export async function dataflowJars(
  cacheDir: string,
  progress: (line: string) => void,
): Promise<DataflowJars> {
  const server = await built(cacheDir, serverBuild, progress);
  const apps = await built(cacheDir, appsBuild, progress);
  const jar = (folder: string, name: string): string => join(folder, `${name}.jar`);
  return { server: jar(server, 'server'), time: jar(apps, 'time'), log: jar(apps, 'log') };
}

/** What to run as a daemon; it listens when {@link dataflowReady}. */
export function dataflowCommand(options: DataflowOptions): {
  command: string[];
  env: Record<string, string>;
} {
  const settings: Record<string, string | number> = {
    'server.address': options.address ?? network.gateway,
    'server.port': options.port,
    'barista.data-dir': options.dataDir,
    'spring.cloud.skipper.server.strategies.healthcheck.timeout-in-millis': options.healthCheckTimeoutMs,
    ...accountSettings(options),
  };
  const args = Object.entries(settings).map(([key, value]) => `--${key}=${value}`);
  return {
    command: ['java', ...jvmFlags, '-jar', options.jar, ...args],
    env: {
      KUBECONFIG: options.kubeconfig,
      SKIPPER_STANDIN_DOWN_FILE: options.skipperDownFile,
      // Always set: the stand-in is there when it is empty, whatever the caller's own environment says.
      SKIPPER_URI: options.skipperUri ?? '',
    },
  };
}

/** Whether an SCDF server answers at a URL. */
export async function dataflowReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/management/health`, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Start quickly on two cores rather than run fast: the server is mostly idle. */
const jvmFlags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xss512k', '-Xmx700m'];

function accountSettings(options: DataflowOptions): Record<string, string | number> {
  const account = `spring.cloud.skipper.server.platform.kubernetes.accounts.${options.platform}`;
  const settings: Record<string, string | number> = {
    [`${account}.namespace`]: options.namespace,
    [`${account}.environmentVariables[0]`]: `SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS=${options.brokersForPods}`,
  };
  for (const [key, seconds] of Object.entries(probes)) settings[`${account}.${key}`] = seconds;
  return settings;
}

interface MavenBuild {
  /** Name of the cache entry, and what the person who waits is told. */
  readonly name: string;
  readonly what: string;
  /** Folders of `java/` that go into it; Maven runs in the first. */
  readonly folders: readonly [string, ...string[]];
  readonly jars: readonly string[];
}

const serverBuild: MavenBuild = {
  name: 'dataflow-server',
  what: 'the SCDF server',
  folders: ['server'],
  jars: ['server'],
};

const appsBuild: MavenBuild = {
  name: 'stream-apps',
  what: 'the time and log apps',
  folders: ['stream-app', 'time', 'log'],
  jars: ['time', 'log'],
};

function built(cacheDir: string, build: MavenBuild, progress: (line: string) => void): Promise<string> {
  const hash = hashOfSources(build.folders.map((folder) => join(sources, folder)));
  return cached(join(cacheDir, `${build.name}-${hash}`), async (partial) => {
    progress(`building ${build.what} with Maven`);
    await mavenPackage(build, partial);
  });
}

/** Builds on a copy, so that nothing is written into the work tree. */
async function mavenPackage({ folders, jars }: MavenBuild, target: string): Promise<void> {
  const work = join(target, 'work');
  for (const folder of folders) {
    cpSync(join(sources, folder), join(work, folder), {
      recursive: true,
      filter: (path) => basename(path) !== 'target',
    });
  }
  await run('mvn', ['-q', '-B', 'package'], { cwd: join(work, folders[0]) });
  for (const jar of jars) copyFileSync(join(work, jar, 'target', `${jar}.jar`), join(target, `${jar}.jar`));
  rmSync(work, { recursive: true });
}

/** A hash of names and contents of all files below some folders, but what Maven puts into `target`. */
export function hashOfSources(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const name of globSync('**/*', { cwd: folder, exclude: (part) => part === 'target' }).sort()) {
      const file = join(folder, name);
      if (statSync(file).isDirectory()) continue;
      const content = readFileSync(file);
      hash.update(`${basename(folder)}/${name}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex').slice(0, 16);
}
