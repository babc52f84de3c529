/** How the operator gets its tokens for a server: OAuth2, grant type client credentials. Pure. */
import { Fields, type KnownFields } from './fields.ts';

export interface OAuth2Config {
  /** The token endpoint; never with a password: it is told in messages. */
  readonly tokenUri: string;
  readonly clientId: string | undefined;
  /** File with the client's id, when that comes with its secret. One of the two is there. */
  readonly clientIdFile: string | undefined;
  /** File with the client's secret, read for each token as it may rotate. */
  readonly clientSecretFile: string;
  readonly scopes: readonly string[];
  /** How the endpoint is told who asks, in Spring Security's words. */
  readonly clientAuthenticationMethod: 'client_secret_basic' | 'client_secret_post';
  /** What the endpoint wants beside the standard's own, e.g. an audience. */
  readonly endpointParams: Readonly<Record<string, string>>;
  /** File with the CA of the token endpoint, PEM; undefined: the public authorities. */
  readonly caFile: string | undefined;
}

/** docs/servers.md has a row for each that is known. */
export const oauth2Fields: KnownFields = {
  tokenUri: undefined,
  clientId: undefined,
  clientIdFile: undefined,
  clientSecretFile: undefined,
  scopes: undefined,
  clientAuthenticationMethod: undefined,
  endpointParams: undefined,
  caFile: undefined,
  clientSecret: 'does not belong here: put it into a file, and name that as clientSecretFile',
  tokenUrl: 'is not known: write tokenUri',
  scope: 'is not known: write scopes: [one, another]',
};

const reserved = ['grant_type', 'client_id', 'client_secret', 'scope'];

export function parseOAuth2(entry: unknown, path: string, problems: string[]): OAuth2Config {
  const fields = new Fields(entry, path, oauth2Fields, problems);
  const config = {
    tokenUri: fields.url('tokenUri', 'clientId and clientSecretFile'),
    clientId: fields.text('clientId'),
    clientIdFile: fields.text('clientIdFile'),
    clientSecretFile: fields.required('clientSecretFile'),
    scopes: fields.words('scopes'),
    clientAuthenticationMethod: fields.one('clientAuthenticationMethod', [
      'client_secret_basic',
      'client_secret_post',
    ]),
    endpointParams: fields.texts('endpointParams'),
    caFile: fields.text('caFile'),
  };
  if (fields.has('clientId') && fields.has('clientIdFile'))
    fields.say('clientId', 'is given, and clientIdFile as well: keep one of them');
  if (!fields.has('clientId') && !fields.has('clientIdFile'))
    fields.say('clientId', 'is missing: give it, or a file that has it as clientIdFile');
  for (const name of reserved.filter((it) => Object.hasOwn(config.endpointParams, it)))
    fields.say(`endpointParams.${name}`, 'is set by the operator: leave it out');
  return config;
}
