/** Which app a stream runs, as a spec says it: pure. */
import { atVersion, repositoryOf, splitImage, versionOf, withTag } from '../../operator/api/app-uri.ts';
import { defaults } from '../../operator/api/defaults.ts';
import { shapes } from '../../operator/api/rules.ts';
import { ownName } from '../../operator/desired/app.ts';
import type { StreamFacts } from './facts.ts';
import { fits } from './fits.ts';

export interface Said<T> {
  /** Undefined: what the default is. */
  readonly value: T | undefined;
  readonly remarks: readonly string[];
}

type AppFields = Readonly<Record<string, string>>;

interface DefaultApp {
  readonly name: string;
  readonly uri: string;
}

/** `app` of the customer or of a log. */
export function appOf(facts: StreamFacts, otherwise: DefaultApp): Said<AppFields> {
  const name = plainName(facts);
  const fields = name === otherwise.name ? versionOfDefault(facts, otherwise) : otherApp(facts, name);
  const all = { ...fields, ...(facts.bootVersion === '2' ? { bootVersion: '2' } : {}) };
  return {
    value: Object.keys(all).length === 0 ? undefined : all,
    remarks: fields === undefined ? [unnameable(facts, otherwise)] : [],
  };
}

/** Undefined when its uri is none that a pipeline can name. */
function versionOfDefault(
  { uri, version }: StreamFacts,
  { uri: standard }: DefaultApp,
): AppFields | undefined {
  if (uri === standard) return {};
  if (version !== undefined && uri === atVersion(standard, version)) return { version };
  return isNameable(uri, version) ? { uri } : undefined;
}

/** Of a name that has no default the registration can be taken as it is. */
function otherApp({ uri, version }: StreamFacts, name: string): AppFields {
  if (isNameable(uri, version)) return { name, uri };
  return version === undefined ? { name } : { name, version };
}

function isNameable(uri: string | undefined, version: string | undefined): uri is string {
  return uri !== undefined && fits(uri, shapes.uri) && versionOf(uri) === version;
}

function unnameable({ name, app, version }: StreamFacts, { uri }: DefaultApp): string {
  return (
    `Stream ${name} runs the app ${app} ${version ?? 'of no version'}, whose uri a pipeline cannot name: it would run ${uri}. ` +
    'Register it under another name, and give that as app.name.'
  );
}

/** Without what the operator appends where the name is taken by another repository. */
function plainName({ app, uri, version }: StreamFacts): string {
  const plain = /^(.+)-[0-9a-f]{8}$/.exec(app)?.[1];
  const isOurs =
    plain !== undefined && uri !== undefined && ownName(plain, repositoryOf(uri, version)) === app;
  return isOurs ? plain : app;
}

/** @param ours the operator's own image of the worker; undefined: nobody knows */
export function imageOf(facts: StreamFacts, ours: string | undefined): Said<string> {
  const image = /^docker:(?:\/\/)?(.+)$/.exec(facts.uri ?? '')?.[1];
  if (image === undefined || !fits(image, shapes.image)) {
    const what =
      facts.uri === undefined
        ? 'nothing says from which image'
        : 'not from an image that a pipeline can name';
    return {
      value: undefined,
      remarks: [
        `Stream ${facts.name} runs the app ${facts.app}, ${what}: the pipeline would run the operator's own worker. barista.image names another.`,
      ],
    };
  }
  if (ours === undefined || withTag(image) === withTag(ours))
    return { value: ours === undefined ? image : undefined, remarks: [] };
  const isAnother = splitImage(image).repository !== splitImage(ours).repository;
  return {
    value: image,
    remarks: [
      isAnother
        ? `The operator's own worker is ${ours}, and the stream runs ${image}: as that is no image of the same name, see that it answers /actuator/health/liveness and ` +
          '/readiness on port 8080, by which the operator knows that it is up; or leave barista.image out, and the own worker takes its place.'
        : `barista.image is what runs now; leave it out, and the worker comes with the operator's release (${ours}).`,
    ],
  };
}

export const defaultApps = {
  orders: defaults.customer.app,
  hotDrink: defaults.log.app,
  coldDrink: defaults.log.app,
};
