/** The HTTP endpoints that SCDF, Kubernetes and Prometheus ask, in Spring Boot's JSON. */
import express, { json } from 'express';
import type { Express, NextFunction, Request, Response } from 'express';
import type { Registry } from 'prom-client';
import type { WorkerConfig } from '../config/config.ts';
import { bindings, changeBinding, type Binding, type Pausable } from './bindings.ts';
import type { BuildInfo } from './build-info.ts';
import { changeLogger, logger, loggers, root, type Leveled } from './loggers.ts';
import type { Reply } from './reply.ts';
import type { Health, Vitals } from './vitals.ts';

export interface ActuatorParts {
  readonly config: WorkerConfig;
  readonly build: BuildInfo;
  readonly vitals: Vitals;
  readonly registry: Registry;
  readonly orders: Pausable;
  readonly log: Leveled;
}

const mediaType = 'application/vnd.spring-boot.actuator.v3+json';

const readOnly = 'barista.actuator.read-only is set.';

const endpoints = {
  self: '/actuator',
  health: '/actuator/health',
  'health-path': '/actuator/health/{*path}',
  info: '/actuator/info',
  bindings: '/actuator/bindings',
  'bindings-name': '/actuator/bindings/{name}',
  loggers: '/actuator/loggers',
  'loggers-name': '/actuator/loggers/{name}',
  prometheus: '/actuator/prometheus',
} as const;

function answer(response: Response, status: number, body: unknown): void {
  response.status(status).type(mediaType).send(JSON.stringify(body));
}

function answerHealth(response: Response, health: Health, extra: object = {}): void {
  answer(response, health.status === 'UP' ? 200 : 503, { ...health, ...extra });
}

function info({ config, build }: ActuatorParts): object {
  const { identity, topics, delivery, badOrders, group } = config;
  return {
    app: {
      name: 'barista-app',
      description: 'Serves each even order hot and each odd one cold',
      version: build.version,
    },
    git: { commit: { id: build.revision } },
    stream: { name: identity.stream, label: identity.label, instance: identity.instance },
    barista: {
      revision: identity.revision,
      delivery,
      badOrders,
      group,
      topics: {
        orders: topics.orders,
        hotDrinks: topics.hotDrinks,
        coldDrinks: topics.coldDrinks,
        ...(badOrders === 'DeadLetter' ? { deadLetters: topics.deadLetters } : {}),
      },
    },
  };
}

function links(request: Request): object {
  const base = `${request.protocol}://${request.get('host') ?? 'localhost'}`;
  const link = (path: string): object => ({
    href: base + path.replace('{*path}', '{path}'),
    templated: path.includes('{'),
  });
  return { _links: Object.fromEntries(Object.entries(endpoints).map(([name, path]) => [name, link(path)])) };
}

/** An app that is not listening yet. */
export function createActuator(parts: ActuatorParts): Express {
  const { vitals, registry } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/actuator', (request, response) => answer(response, 200, links(request)));
  app.get('/actuator/health', (_request, response) =>
    answerHealth(response, vitals.health(), { groups: ['liveness', 'readiness'] }),
  );
  app.get('/actuator/health/liveness', (_request, response) => answerHealth(response, vitals.liveness()));
  app.get('/actuator/health/readiness', (_request, response) => answerHealth(response, vitals.readiness()));
  app.get('/actuator/health/:component', (request, response, next) => {
    const found = Object.entries(vitals.health().components).find(
      ([name]) => name === request.params.component,
    );
    if (found === undefined) next();
    else answer(response, found[1].status === 'UP' ? 200 : 503, found[1]);
  });
  // SCDF's default readiness and startup probe: so it is not OK before orders can be served.
  app.get('/actuator/info', (_request, response) => {
    const ready = vitals.readiness();
    if (ready.status === 'UP') answer(response, 200, info(parts));
    else answer(response, 503, { ...info(parts), ...ready });
  });
  app.get(['/actuator/prometheus', '/metrics'], async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  addControls(app, parts);
  app.use(answerNotFound);
  app.use(answerBadRequest);
  return app;
}

function answerNotFound({ path }: Request, response: Response): void {
  answer(response, 404, { status: 404, error: 'Not Found', path });
}

// Express tells an error handler by its four parameters; what comes here could not be read.
// eslint-disable-next-line @typescript-eslint/no-unused-vars
function answerBadRequest(_error: unknown, { path }: Request, response: Response, _next: NextFunction): void {
  answer(response, 400, { status: 400, error: 'Bad Request', message: 'The body is not JSON.', path });
}

/** What a person may change while the worker runs. */
function addControls(app: Express, { config, orders, log }: ActuatorParts): void {
  const body = json({ type: () => true, limit: '10kb' });
  const finish = (request: Request, response: Response, reply: Reply): void => {
    if (reply.status === 204) response.status(204).end();
    else answer(response, reply.status, { ...reply, error: 'Bad Request', path: request.path });
  };
  const mayChange = (request: Request, response: Response, next: NextFunction): void => {
    if (!config.actuatorReadOnly) next();
    else answer(response, 403, { status: 403, error: 'Forbidden', message: readOnly, path: request.path });
  };
  const find = (name: unknown): Binding | undefined =>
    bindings(config, orders).find(({ bindingName }) => bindingName === name);

  app.get('/actuator/bindings', (_request, response) => answer(response, 200, bindings(config, orders)));
  app
    .route('/actuator/bindings/:name')
    .get((request, response, next) => {
      const binding = find(request.params.name);
      if (binding === undefined) next();
      else answer(response, 200, binding);
    })
    .post(mayChange, body, (request, response, next) => {
      const binding = find(request.params.name);
      if (binding === undefined) next();
      else finish(request, response, changeBinding(binding, request.body, orders));
    });
  app.get('/actuator/loggers', (_request, response) => answer(response, 200, loggers(log)));
  app
    .route(`/actuator/loggers/${root}`)
    .get((_request, response) => answer(response, 200, logger(log)))
    .post(mayChange, body, (request, response) =>
      finish(request, response, changeLogger(log, request.body, config.log.level)),
    );
}
