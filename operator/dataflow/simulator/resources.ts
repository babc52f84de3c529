/** SCDF's answers as JSON: HAL, with a page about each list. */
import type { StreamState } from '../port.ts';
import type { Platform, PodStatus } from './platform.ts';
import type { RegisteredApp } from './registry.ts';
import type { SimulatedDefinition } from './scdf.ts';
import type { SimulatedRelease, Skipper } from './skipper.ts';

const descriptions: Record<StreamState, string> = {
  deploying: 'The stream is being deployed.',
  deployed: 'The stream has been successfully deployed',
  undeployed: 'The app or group is known to the system, but is not currently deployed',
  partial: 'In the case of multiple apps, some have successfully deployed, while others have not',
  failed: 'The deployment has failed',
  error: 'Unable to determine status due to a system error',
  unknown: 'The app or group is not known to the system',
};

export interface Page {
  readonly page: number;
  readonly size: number;
}

/** @param show called only for what is on the page */
export function halList<T>(
  name: string,
  items: readonly T[],
  { page, size }: Page,
  show: (item: T) => unknown = (item) => item,
): unknown {
  const shown = items.slice(page * size, (page + 1) * size).map(show);
  return {
    ...(shown.length === 0 ? {} : { _embedded: { [name]: shown } }),
    _links: { self: { href: '/' } },
    page: { size, totalElements: items.length, totalPages: Math.ceil(items.length / size), number: page },
  };
}

export function appResource({
  name,
  type,
  uri,
  version,
  defaultVersion,
  bootVersion,
}: RegisteredApp): unknown {
  return { name, type, uri, version, defaultVersion, bootVersion, versions: null, label: null };
}

export function definitionResource(definition: SimulatedDefinition, status: StreamState): unknown {
  const { name, shown, originalShown, description } = definition;
  return {
    name,
    dslText: shown,
    originalDslText: originalShown,
    status,
    description,
    statusDescription: descriptions[status],
    _links: { self: { href: `/streams/definitions/${name}` } },
  };
}

export function deploymentResource(
  { name, shown, description }: SimulatedDefinition,
  status: StreamState,
  deploymentProperties: string,
): unknown {
  return { streamName: name, dslText: shown, description, status, deploymentProperties };
}

export function runtimeResource(name: string, skipper: Skipper, platform: Platform): unknown {
  const latest = skipper.latest(name);
  if (latest === undefined || latest.code === 'DELETED')
    return { name, applications: {}, version: 'no apps' };
  const apps = [...latest.deploymentIds].map(([label, id]) => runtimeApp(latest, label, id, platform));
  const runs = [...latest.deploymentIds.values()].some((id) => platform.pods(id).length > 0);
  return {
    name,
    applications: { _embedded: { appStatusResourceList: apps } },
    version: runs ? String(latest.version) : 'no apps',
  };
}

function runtimeApp(release: SimulatedRelease, label: string, id: string, platform: Platform): unknown {
  const instances = platform.pods(id).map((pod) => instance(release, label, id, pod));
  return {
    deploymentId: id,
    state: platform.state(id),
    instances: instances.length === 0 ? {} : { _embedded: { appInstanceStatusResourceList: instances } },
    name: instances.length === 0 ? 'no-instances' : label,
  };
}

function instance(release: SimulatedRelease, label: string, id: string, pod: PodStatus): unknown {
  return {
    instanceId: pod.name,
    state: pod.state,
    attributes: {
      'actuator.path': '/actuator',
      'actuator.port': '8080',
      'container.restartCount': String(pod.restarts),
      ...(pod.lastExit === undefined
        ? {}
        : {
            'container.lastState.terminated.exitCode': String(pod.lastExit.exitCode),
            'container.lastState.terminated.reason': pod.lastExit.reason,
          }),
      phase: pod.phase,
      'pod.name': pod.name,
      'service.name': `${release.name}-${label}`,
      'skipper.application.name': label,
      'skipper.release.name': release.name,
      'skipper.release.version': String(release.version),
      'spring.app.id': id,
      'spring.deployment.id': id,
    },
  };
}

export function releaseResource(release: SimulatedRelease): unknown {
  const at = new Date(release.at).toISOString().replace('Z', '+0000');
  return {
    name: release.name,
    version: release.version,
    info: {
      status: { statusCode: release.code, platformStatus: null },
      firstDeployed: at,
      lastDeployed: at,
      deleted: null,
      description: release.description,
    },
    manifest: { data: manifestText(release) },
    platformName: release.platform,
  };
}

/** One document for each app. */
export function manifestText({ apps }: SimulatedRelease): string {
  const quoted = (properties: Readonly<Record<string, string>>): string =>
    Object.entries(properties)
      .map(([key, value]) => `    "${key}": "${value}"\n`)
      .join('');
  return apps
    .map(
      (app) =>
        `"apiVersion": "skipper.spring.io/v1"\n"kind": "SpringCloudDeployerApplication"\n"metadata":\n  "name": "${app.label}"\n` +
        `"spec":\n  "resource": "${app.resource}"\n  "resourceMetadata": "${app.resource}:jar:metadata:${app.version}"\n` +
        `  "version": "${app.version}"\n  "applicationProperties":\n${quoted(app.applicationProperties)}` +
        `  "deploymentProperties":\n${quoted(app.deploymentProperties)}`,
    )
    .join('---\n');
}
