/** Skipper: packages, releases, and the state machine that takes one command at a time for each release. */
import type { Clock } from '../../runtime/clock.ts';
import type { Release as PortRelease, StreamState } from '../port.ts';
import type { Platform } from './platform.ts';
import { noSuchRelease, ScdfError, skipperError } from './scdf-error.ts';
import type { Settings } from './settings.ts';

const COUNT = 'spring.cloud.deployer.count';

export interface ManifestApp {
  readonly label: string;
  /** The uri without its tag. */
  readonly resource: string;
  readonly version: string;
  readonly applicationProperties: Readonly<Record<string, string>>;
  readonly deploymentProperties: Readonly<Record<string, string>>;
}

export interface SimulatedRelease {
  readonly name: string;
  readonly version: number;
  readonly platform: string;
  readonly apps: readonly ManifestApp[];
  /** By label. */
  readonly deploymentIds: ReadonlyMap<string, string>;
  /** Wall clock. */
  readonly at: number;
  code: PortRelease['code'];
  description: string;
  upgrade: Upgrade | undefined;
}

/** Of these labels the apps are deployed anew; the others go on as they are. */
interface Replaced {
  readonly from: SimulatedRelease;
  readonly labels: readonly string[];
}

interface Upgrade extends Replaced {
  /** Monotonic. */
  readonly startedAt: number;
  nextLook: number;
}

export class Skipper {
  readonly #clock: Clock;
  readonly #settings: Settings;
  readonly #platform: Platform;
  readonly #packages = new Set<string>();
  /** By name, newest first: a fleet has tens of thousands of them. */
  readonly #releases = new Map<string, SimulatedRelease[]>();
  /** Those with an upgrade under way. */
  readonly #upgrading = new Set<SimulatedRelease>();
  isDown = false;

  constructor(clock: Clock, settings: Settings, platform: Platform) {
    this.#clock = clock;
    this.#settings = settings;
    this.#platform = platform;
  }

  /** @throws ScdfError as SCDF says it when Skipper is away */
  reach(path: string): void {
    if (!this.isDown) return;
    const refused = 'Connect to localhost:7577 [localhost/127.0.0.1] failed: Connection refused';
    const message =
      `I/O error on GET request for "http://localhost:7577/api/${path}": ${refused}; ` +
      `nested exception is org.apache.http.conn.HttpHostConnectException: ${refused}`;
    throw new ScdfError(500, 'ResourceAccessException', message);
  }

  /** Starts anew with an empty database; what runs goes on running. */
  forget(): void {
    this.#packages.clear();
    this.#releases.clear();
    this.#upgrading.clear();
  }

  /** Ends the upgrades whose time has come. */
  settle(): void {
    if (this.isDown) return;
    for (const release of this.#upgrading)
      if (release.upgrade !== undefined) this.#look(release, release.upgrade);
  }

  latest(name: string): SimulatedRelease | undefined {
    return this.#versions(name)[0];
  }

  /** Newest first, of all releases whose name contains the text. */
  history(part: string): SimulatedRelease[] {
    const wanted = part.toLowerCase();
    const names = [...this.#releases.keys()].filter((name) => name.toLowerCase().includes(wanted));
    return names.sort().flatMap((name) => this.#versions(name));
  }

  /** @param version 0: the latest */
  release(name: string, version: number): SimulatedRelease {
    const found = this.#versions(name).find((it) => version === 0 || it.version === version);
    if (found === undefined) throw noSuchRelease(name);
    return found;
  }

  /** Of the latest release, whatever became of it. */
  state(name: string): StreamState {
    const latest = this.latest(name);
    if (latest === undefined || latest.code === 'DELETED') return 'undeployed';
    const states = new Set([...latest.deploymentIds.values()].map((id) => this.#platform.state(id)));
    return aggregate(states);
  }

  upload(name: string): void {
    if (this.#packages.has(name)) {
      throw skipperError(
        `Failed to upload the package. Package [${name}:1.0.0] in Repository [local] already exists.`,
      );
    }
    this.#packages.add(name);
  }

  hasPackage(name: string): boolean {
    return this.#packages.has(name);
  }

  install(name: string, platform: string, apps: readonly ManifestApp[]): void {
    this.#ready(name, 'INSTALL');
    const standing = this.#versions(name).find((it) => it.code !== 'FAILED');
    if (standing !== undefined && standing.code !== 'DELETED') {
      throw skipperError(`Release with the name [${name}] already exists and it is not deleted.`);
    }
    const release = this.#next(name, platform, apps);
    for (const app of apps) {
      if (this.#deploy(release, app, Number(app.deploymentProperties[COUNT] ?? 1))) continue;
      this.#packages.delete(name);
      throw skipperError(couldNotInstall(release, app));
    }
    this.#keep({ ...release, code: 'DEPLOYED', description: 'Install complete' });
  }

  /** Red/black: what differs is deployed beside the old, which goes when the new is healthy. */
  upgrade(name: string, change: (apps: readonly ManifestApp[]) => readonly ManifestApp[]): SimulatedRelease {
    this.#ready(name, 'UPGRADE');
    const latest = this.latest(name);
    if (latest === undefined) throw noSuchRelease(name);
    if (!this.#packages.has(name)) throw skipperError(`Can not find package '${name}', version 'null'`);
    const from = this.#versions(name).find((it) => it.code === 'DEPLOYED') ?? latest;
    const wanted = change(latest.apps);
    const labels = wanted
      .filter(
        (app) =>
          !same(
            app,
            from.apps.find((it) => it.label === app.label),
          ),
      )
      .map((app) => app.label);
    if (labels.length === 0) {
      const message =
        'Package to upgrade has no difference than existing deployed/deleted package. Not upgrading.';
      throw new ScdfError(500, 'ReleaseUpgradeException', message);
    }
    const apps = wanted.map((app) => (labels.includes(app.label) ? this.#withCount(app, from) : app));
    const startedAt = this.#clock.monotonic();
    const { pollMs } = this.#settings.healthCheck;
    const release: SimulatedRelease = {
      ...this.#next(name, from.platform, apps, { from, labels }),
      upgrade: { from, labels, startedAt, nextLook: startedAt + pollMs },
    };
    for (const app of apps) {
      if (labels.includes(app.label))
        this.#deploy(release, app, Number(app.deploymentProperties[COUNT] ?? 1));
    }
    this.#keep(release);
    this.#upgrading.add(release);
    return release;
  }

  /** Undeploys what is deployed; nothing to do without a package. */
  delete(name: string): void {
    this.reach('packageMetadata/search/findByNameContainingIgnoreCase');
    if (!this.#packages.has(name)) return;
    this.#ready(name, 'DELETE');
    const deployed = this.#versions(name).find((it) => it.code === 'DEPLOYED');
    this.#packages.delete(name);
    if (deployed === undefined) return;
    for (const id of deployed.deploymentIds.values()) this.#platform.undeploy(id);
    end(deployed, 'DELETED', 'Delete complete');
  }

  /** A label that is not in the release is passed over. */
  scale(name: string, label: string, count: number): void {
    this.#ready(name, 'SCALE');
    const latest = this.latest(name);
    if (latest === undefined) throw noSuchRelease(name);
    const id = latest.code === 'DELETED' ? undefined : latest.deploymentIds.get(label);
    if (id !== undefined) this.#platform.scale(id, count);
  }

  #ready(name: string, command: string): void {
    if (this.#versions(name).some((it) => it.upgrade !== undefined)) {
      throw skipperError(`Statemachine is not in state ready to do ${command}`);
    }
  }

  /** Newest first. */
  #versions(name: string): readonly SimulatedRelease[] {
    return this.#releases.get(name) ?? [];
  }

  #keep(release: SimulatedRelease): void {
    this.#releases.set(release.name, [release, ...this.#versions(release.name)]);
  }

  #next(name: string, platform: string, apps: readonly ManifestApp[], replaces?: Replaced): SimulatedRelease {
    const version = (this.latest(name)?.version ?? 0) + 1;
    const ids = apps.map(({ label }): [string, string] => {
      const own = `${name}-${label}-v${version}`.toLowerCase().replaceAll('.', '-');
      const kept =
        replaces?.labels.includes(label) === false ? replaces.from.deploymentIds.get(label) : undefined;
      return [label, kept ?? own];
    });
    return {
      name,
      version,
      platform,
      apps,
      deploymentIds: new Map(ids),
      at: this.#clock.now(),
      code: 'UNKNOWN',
      description: 'Upgrade install underway',
      upgrade: undefined,
    };
  }

  #deploy(release: SimulatedRelease, app: ManifestApp, count: number): boolean {
    return this.#platform.deploy(
      {
        deploymentId: release.deploymentIds.get(app.label) ?? '',
        stream: release.name,
        label: app.label,
        release: release.version,
        image: `${app.resource}:${app.version}`,
      },
      count,
    );
  }

  /** The new app gets as many instances as the old one has, whatever it was deployed with. */
  #withCount(app: ManifestApp, from: SimulatedRelease): ManifestApp {
    if (from.code === 'DELETED') return app;
    const count = this.#platform.pods(from.deploymentIds.get(app.label) ?? '').length;
    return { ...app, deploymentProperties: { ...app.deploymentProperties, [COUNT]: String(count) } };
  }

  #look(release: SimulatedRelease, upgrade: Upgrade): void {
    const now = this.#clock.monotonic();
    if (now < upgrade.nextLook) return;
    const { pollMs, timeoutMs } = this.#settings.healthCheck;
    const ids = [...release.deploymentIds.values()];
    if (ids.every((id) => this.#platform.state(id) === 'deployed')) {
      this.#undeploy(upgrade.from, upgrade.labels);
      if (upgrade.from.code === 'DEPLOYED') end(upgrade.from, 'DELETED', 'Delete complete');
      end(release, 'DEPLOYED', 'Upgrade complete');
      this.#upgrading.delete(release);
    } else if (now - upgrade.startedAt > timeoutMs) {
      this.#undeploy(release, upgrade.labels);
      const why = `Did not detect apps in replacing release as healthy after ${timeoutMs} ms.`;
      end(release, 'FAILED', why);
      this.#upgrading.delete(release);
    } else {
      const since = pollMs > 0 ? (now - upgrade.startedAt) % pollMs : 0;
      upgrade.nextLook = now - since + pollMs;
    }
  }

  #undeploy(release: SimulatedRelease, labels: readonly string[]): void {
    for (const label of labels) this.#platform.undeploy(release.deploymentIds.get(label) ?? '');
  }
}

function end(release: SimulatedRelease, code: PortRelease['code'], description: string): void {
  release.code = code;
  release.description = description;
  release.upgrade = undefined;
}

/** The number of instances makes no difference. */
function same(one: ManifestApp, other: ManifestApp | undefined): boolean {
  return other !== undefined && fingerprint(one) === fingerprint(other);
}

function fingerprint(app: ManifestApp): string {
  const entries = (properties: Readonly<Record<string, string>>): unknown =>
    Object.entries(properties)
      .filter(([key]) => key !== COUNT)
      .sort();
  const { resource, version, applicationProperties, deploymentProperties } = app;
  return JSON.stringify([resource, version, entries(applicationProperties), entries(deploymentProperties)]);
}

function aggregate(states: ReadonlySet<StreamState>): StreamState {
  const [only] = states;
  if (only === undefined) return 'undeployed';
  if (states.size === 1) return only === 'unknown' ? 'undeployed' : only;
  if (states.has('error')) return 'error';
  if (states.has('failed')) return states.has('deployed') ? 'partial' : 'failed';
  return states.has('deploying') ? 'deploying' : 'partial';
}

function couldNotInstall(release: SimulatedRelease, app: ManifestApp): string {
  const properties = Object.entries(app.deploymentProperties).map(([key, value]) => `'${key}' -> '${value}'`);
  return (
    'Could not install AppDeployRequest [[AppDeploymentRequest@1fbdfbdc commandlineArguments = list[[empty]], ' +
    `deploymentProperties = map[${properties.join(', ')}], resource = Docker Resource ` +
    `[${app.resource}:${app.version}]]]  to platform [${release.platform}].  Error Message = ` +
    `[App '${release.deploymentIds.get(app.label) ?? ''}' is already deployed]`
  );
}
