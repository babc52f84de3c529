/**
 * Every distinct error that the recorded SCDF 2.11.5 gave, and what it means to us. Where SCDF used its own shape, `message` and `logref`
 * are all that differs.
 */
import type { DataflowErrorKind } from './port.ts';

export interface RecordedError {
  readonly step: string;
  readonly status: number;
  readonly kind: DataflowErrorKind;
  /** SCDF's own shape, from which `recordedBody` makes the answer; undefined: `body` as it came. */
  readonly error?: { readonly message: string; readonly logref: string };
  readonly body?: string;
}

/** The answer's body, as it was recorded. */
export function recordedBody({ error, body }: RecordedError): string {
  if (error === undefined) return body ?? '';
  return JSON.stringify({ _embedded: { errors: [{ ...error, _links: { self: { href: '/' } } }] } });
}

export const recordedErrors: readonly RecordedError[] = [
  {
    step: 'platforms',
    status: 404,
    kind: 'unexpected',
    body: '{"timestamp": "2026-11-23T20:28:00.029+0000", "status": 404, "error": "Not Found", "message": "No message available", "path": "/streams/platform/list"}',
  },
  {
    step: 'unknown path',
    status: 404,
    kind: 'unexpected',
    body: '{"timestamp": "2026-11-23T20:28:00.045+0000", "status": 404, "error": "Not Found", "message": "No message available", "path": "/nope"}',
  },
  {
    step: 'register same again',
    status: 409,
    kind: 'exists',
    error: {
      message: "The 'app:barista-app' application is already registered as docker:localhost/hello:1",
      logref: 'AppAlreadyRegisteredException',
    },
  },
  {
    step: 'register same version other uri',
    status: 500,
    kind: 'rejected',
    error: { message: 'begin 0, end -1, length 24', logref: 'StringIndexOutOfBoundsException' },
  },
  {
    step: 'register second version other repo',
    status: 500,
    kind: 'rejected',
    error: {
      message:
        'Existing default application [docker:localhost/hello:1] can only differ by a version but is [docker:localhost/elsewhere:3]',
      logref: 'IllegalArgumentException',
    },
  },
  {
    step: 'get unknown',
    status: 404,
    kind: 'notFound',
    error: {
      message: "The 'app:nothing' application could not be found.",
      logref: 'NoSuchAppRegistrationException',
    },
  },
  {
    step: 'get unknown version',
    status: 404,
    kind: 'notFound',
    error: {
      message: "The 'app:barista-app:77' application could not be found.",
      logref: 'NoSuchAppRegistrationException',
    },
  },
  {
    step: 'register bad type',
    status: 400,
    kind: 'rejected',
    error: {
      message:
        "The parameter 'type' must contain one of the following values: 'app, source, processor, sink, task'.",
      logref: 'MethodArgumentTypeMismatchException',
    },
  },
  {
    step: 'register no uri',
    status: 400,
    kind: 'rejected',
    error: {
      message: "Required request parameter 'uri' for method parameter type String is not present",
      logref: 'MissingServletRequestParameterException',
    },
  },
  {
    step: 'register colon name',
    status: 400,
    kind: 'rejected',
    error: {
      message: "Application name: 'a:b' cannot contain: ':'",
      logref: 'InvalidApplicationNameException',
    },
  },
  {
    step: 'register empty uri',
    status: 500,
    kind: 'rejected',
    error: { message: 'begin 0, end -1, length 8', logref: 'StringIndexOutOfBoundsException' },
  },
  {
    step: 'unregister unknown',
    status: 404,
    kind: 'notFound',
    error: {
      message: "The 'app:nothing:1' application could not be found.",
      logref: 'NoSuchAppRegistrationException',
    },
  },
  {
    step: 'unregister',
    status: 404,
    kind: 'notFound',
    error: {
      message: "The 'app:barista-app:3' application could not be found.",
      logref: 'NoSuchAppRegistrationException',
    },
  },
  {
    step: 'create again',
    status: 409,
    kind: 'exists',
    error: {
      message:
        'Cannot create stream orders-pipeline because another one has already been created with the same name',
      logref: 'DuplicateStreamDefinitionException',
    },
  },
  {
    step: 'create syntax error',
    status: 400,
    kind: 'rejected',
    error: {
      message: '112E:(pos 7): Unexpectedly ran out of input\ntime > \n    *  ^\n',
      logref: 'InvalidStreamDefinitionException',
    },
  },
  {
    step: 'create unknown app',
    status: 400,
    kind: 'rejected',
    error: {
      message: "Application name 'nothing' with type 'source' does not exist in the app registry.",
      logref: 'InvalidStreamDefinitionException',
    },
  },
  {
    step: 'create empty',
    status: 500,
    kind: 'rejected',
    error: { message: 'dslText is required', logref: 'IllegalArgumentException' },
  },
  {
    step: 'create no name',
    status: 400,
    kind: 'rejected',
    error: {
      message: "Required request parameter 'name' for method parameter type String is not present",
      logref: 'MissingServletRequestParameterException',
    },
  },
  {
    step: 'get unknown',
    status: 404,
    kind: 'notFound',
    error: {
      message: 'Could not find stream definition named nothing',
      logref: 'NoSuchStreamDefinitionException',
    },
  },
  {
    step: 'deploy unknown platform',
    status: 500,
    kind: 'rejected',
    error: { message: "No platform named 'mars'", logref: 'IllegalArgumentException' },
  },
  {
    step: 'deploy bad prefix',
    status: 500,
    kind: 'rejected',
    error: {
      message:
        "Only deployment property keys starting with 'app.' or 'deployer.'  or 'version.' allowed, got 'nonsense.key'",
      logref: 'IllegalArgumentException',
    },
  },
  {
    step: 'deploy empty value',
    status: 409,
    kind: 'exists',
    error: {
      message: "Stream 'bar-pipeline' is already being deployed",
      logref: 'StreamAlreadyDeployingException',
    },
  },
  {
    step: 'deploy malformed JSON',
    status: 400,
    kind: 'rejected',
    error: {
      message:
        'JSON parse error: Unexpected end-of-input: expected close marker for Object (start marker at [Source: (org.springframework.util.StreamUtils$NonClosingInputStream); line: 1, column: 1]); nested exception is com.fasterxml.jackson.core.io.JsonEOFException: Unexpected end-of-input: expected close marker for Object (start marker at [Source: (org.springframework.util.StreamUtils$NonClosingInputStream); line: 1, column: 1])\n at [Source: (org.springframework.util.StreamUtils$NonClosingInputStream); line: 1, column: 2]',
      logref: 'HttpMessageNotReadableException',
    },
  },
  {
    step: 'deploy wrong content type',
    status: 500,
    kind: 'rejected',
    error: {
      message: "Content type 'text/plain;charset=UTF-8' not supported",
      logref: 'HttpMediaTypeNotSupportedException',
    },
  },
  {
    step: 'update before deploy',
    status: 500,
    kind: 'notFound',
    error: { message: "Can not find package 'bar-pipeline', version 'null'", logref: 'SkipperException' },
  },
  {
    step: 'deploy deployed',
    status: 409,
    kind: 'exists',
    error: { message: "Stream 'bar-pipeline' is already deployed", logref: 'StreamAlreadyDeployedException' },
  },
  {
    step: 'manifest none',
    status: 500,
    kind: 'notFound',
    error: {
      message: "Release with the name [bar-pipeline] doesn't exist",
      logref: 'ReleaseNotFoundException',
    },
  },
  {
    step: 'logs',
    status: 500,
    kind: 'unexpected',
    error: { message: '500 : [no body]', logref: 'InternalServerError' },
  },
  {
    step: 'unregister app in use',
    status: 409,
    kind: 'inUse',
    error: {
      message:
        "The app [barista-app:app:1] you're trying to unregister is currently used in stream 'bar-pipeline'.",
      logref: 'UnregisterAppException',
    },
  },
  {
    step: 'update without a difference',
    status: 500,
    kind: 'noDifference',
    error: {
      message: 'Package to upgrade has no difference than existing deployed/deleted package. Not upgrading.',
      logref: 'ReleaseUpgradeException',
    },
  },
  {
    step: 'update unknown version',
    status: 500,
    kind: 'rejected',
    error: { message: 'The barista-app:app:77 app is not registered!', logref: 'IllegalStateException' },
  },
  {
    step: 'update during update',
    status: 500,
    kind: 'busy',
    error: { message: 'Statemachine is not in state ready to do UPGRADE', logref: 'SkipperException' },
  },
  {
    step: 'undeploy during update',
    status: 500,
    kind: 'busy',
    error: { message: 'Statemachine is not in state ready to do DELETE', logref: 'SkipperException' },
  },
  {
    step: 'get after delete',
    status: 404,
    kind: 'notFound',
    error: {
      message: 'Could not find stream definition named round-trip',
      logref: 'NoSuchStreamDefinitionException',
    },
  },
  {
    step: 'deploy again while stuck',
    status: 409,
    kind: 'exists',
    error: {
      message: "Stream 'missing' is already being deployed",
      logref: 'StreamAlreadyDeployingException',
    },
  },
  {
    step: 'deploy over drift',
    status: 500,
    kind: 'leftovers',
    error: {
      message: 'Failed to upload the package. Package [drifted:1.0.0] in Repository [local] already exists.',
      logref: 'SkipperException',
    },
  },
  {
    step: 'long name deploy',
    status: 400,
    kind: 'rejected',
    error: {
      message:
        'The runtime application name for the app barista-app in the stream aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa should not exceed 58 in length. The runtime application name is: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-barista-app-v',
      logref: 'InvalidStreamDefinitionException',
    },
  },
  {
    step: 'upper-case deploy',
    status: 400,
    kind: 'rejected',
    error: {
      message:
        "Stream name Bad_Name is invalid. Stream name must consist of alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name', or 'abc-123')",
      logref: 'InvalidStreamDefinitionException',
    },
  },
  {
    step: 'skipper down: status',
    status: 500,
    kind: 'platformDown',
    error: {
      message:
        'I/O error on GET request for "http://localhost:7577/api/release/states": Connect to localhost:7577 [localhost/127.0.0.1] failed: Connection refused; nested exception is org.apache.http.conn.HttpHostConnectException: Connect to localhost:7577 [localhost/127.0.0.1] failed: Connection refused',
      logref: 'ResourceAccessException',
    },
  },
  {
    step: 'skipper down: deploy',
    status: 500,
    kind: 'platformDown',
    error: {
      message:
        'I/O error on GET request for "http://localhost:7577/api/release/status/hot-drink-pipeline": Connect to localhost:7577 [localhost/127.0.0.1] failed: Connection refused; nested exception is org.apache.http.conn.HttpHostConnectException: Connect to localhost:7577 [localhost/127.0.0.1] failed: Connection refused',
      logref: 'ResourceAccessException',
    },
  },
  {
    step: 'skipper down: delete',
    status: 500,
    kind: 'platformDown',
    error: {
      message:
        'I/O error on GET request for "http://localhost:7577/api/packageMetadata/search/findByNameContainingIgnoreCase": Connect to localhost:7577 [localhost/127.0.0.1] failed: Connection refused; nested exception is org.apache.http.conn.HttpHostConnectException: Connect to localhost:7577 [localhost/127.0.0.1] failed: Connection refused',
      logref: 'ResourceAccessException',
    },
  },
  {
    step: 'deploy after loss',
    status: 500,
    kind: 'leftovers',
    error: {
      message:
        "Could not install AppDeployRequest [[AppDeploymentRequest@1fbdfbdc commandlineArguments = list[[empty]], deploymentProperties = map['spring.cloud.deployer.appName' -> 'customer', 'spring.cloud.deployer.bootVersion' -> '3', 'spring.cloud.deployer.group' -> 'orders-pipeline', 'spring.cloud.deployer.kubernetes.readinessProbeDelay' -> '2', 'spring.cloud.deployer.kubernetes.startupProbeDelay' -> '2'], definition = [AppDefinition@a912282 name = 'customer-v1', properties = map['management.endpoints.web.exposure.include' -> 'health,info,bindings', 'management.metrics.tags.application.type' -> '${spring.cloud.dataflow.stream.app.type:unknown}', 'spring.cloud.dataflow.stream.app.label' -> 'customer', 'spring.cloud.stream.poller.fixed-delay' -> '1000', 'management.metrics.tags.stream.name' -> '${spring.cloud.dataflow.stream.name:unknown}', 'management.metrics.tags.application' -> '${spring.cloud.dataflow.stream.name:unknown}-${spring.cloud.dataflow.stream.app.label:unknown}-${spring.cloud.dataflow.stream.app.type:unknown}', 'spring.cloud.dataflow.stream.name' -> 'orders-pipeline', 'management.metrics.tags.instance.index' -> '${vcap.application.instance_index:${spring.cloud.stream.instanceIndex:0}}', 'wavefront.application.service' -> '${spring.cloud.dataflow.stream.app.label:unknown}-${spring.cloud.dataflow.stream.app.type:unknown}-${vcap.application.instance_index:${spring.cloud.stream.instanceIndex:0}}', 'management.metrics.tags.application.guid' -> '${spring.cloud.application.guid:unknown}', 'spring.cloud.stream.bindings.output.destination' -> 'orders', 'management.metrics.tags.application.name' -> '${vcap.application.application_name:${spring.cloud.dataflow.stream.app.label:unknown}}', 'spring.cloud.dataflow.stream.app.type' -> 'source', 'wavefront.application.name' -> '${spring.cloud.dataflow.stream.name:unknown}']], resource = Docker Resource [docker:localhost/time:5.1.1]]]  to platform [k8s].  Error Message = [App 'orders-pipeline-customer-v1' is already deployed]",
      logref: 'SkipperException',
    },
  },
  {
    step: 'deploy after failure',
    status: 500,
    kind: 'leftovers',
    error: {
      message: 'Failed to upload the package. Package [stuck:1.0.0] in Repository [local] already exists.',
      logref: 'SkipperException',
    },
  },
];
