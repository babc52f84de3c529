/** Reads `customer`, `hotDrinkLog` and `coldDrinkLog`, and works out which app each means. */
import { atVersion, versionOf, withVersion } from './app-uri.ts';
import { defaults } from './defaults.ts';
import { defined } from './defined.ts';
import type { Field, Rule } from './field.ts';
import { deployerValue, keyRules, MAX_PROPERTIES, messages, propertyValue, shapes } from './rules.ts';
import type { AppSpec, StreamAppSpec } from './types.ts';

interface DefaultApp {
  readonly name: string;
  readonly uri: string;
}

/** @param keys rules of the keys of `properties` */
export function readStreamApp(field: Field, otherwise: DefaultApp, keys: readonly Rule[]): StreamAppSpec {
  field.object();
  return {
    enabled: field.at('enabled').flag(true),
    app: readApp(field.at('app').object(), otherwise),
    properties: field.at('properties').textMap(keys, propertyValue, MAX_PROPERTIES),
    deployerProperties: field
      .at('deployerProperties')
      .textMap(keyRules.deployer, deployerValue, MAX_PROPERTIES),
  };
}

function readApp(field: Field, otherwise: DefaultApp): AppSpec {
  const name = field.at('name').text(shapes.appName) ?? otherwise.name;
  const version = field.at('version').text(shapes.appVersion);
  const given = field.at('uri').text(shapes.uri);
  const uri = given === undefined ? defaultUri(name, version, otherwise) : withVersion(given);
  const carried = uri === undefined ? undefined : versionOf(uri);
  if (version !== undefined && carried !== undefined && carried !== version) {
    field.at('version').fail(messages.versionDisagrees);
  }
  return defined<AppSpec>({
    name,
    version: version ?? carried,
    uri,
    bootVersion: field.at('bootVersion').oneOf(['2', '3'], defaults.bootVersion),
  });
}

/** Of the default app there is a default uri, in any version; every other one must be registered already. */
function defaultUri(name: string, version: string | undefined, otherwise: DefaultApp): string | undefined {
  if (name !== otherwise.name) return undefined;
  return version === undefined ? otherwise.uri : atVersion(otherwise.uri, version);
}
