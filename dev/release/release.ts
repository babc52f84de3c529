/** What every part of a release works with. */
import type { Kubectl } from '../cluster/kubectl.ts';
import type { Helm } from '../helm/helm.ts';

export interface Release {
  /** The work tree that is released, with its node_modules. */
  readonly root: string;
  readonly version: string;
  /** Of the commit, for labels; never for names. */
  readonly commit: string;
  /** Seconds since 1970, the commit's: all that is made has this time. */
  readonly epoch: number;
  /** Where the files go; it is there. */
  readonly folder: string;
  /** For what is not a file of the release; each part makes folders of its own in it. */
  readonly work: string;
  readonly helm: Helm;
  readonly kubectl: Kubectl;
}

/** The repositories of the images, as manifests/ and the chart name them. */
export const repositories = {
  operator: 'docker.io/barista/operator',
  worker: 'docker.io/barista/worker',
} as const;
